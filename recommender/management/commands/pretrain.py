from __future__ import annotations

from recommender.management.language import LanguageCommand


class Command(LanguageCommand):
    help = "Go on pretraining a language model, or begin one, on a storefront's texts and behaviours."

    def task_of(self, options) -> str:
        return "pretrain"
