from __future__ import annotations

from recommender.management.language import LanguageCommand


class Command(LanguageCommand):
    help = "Teach a text encoder with fewer layers to give the vectors of a larger one."

    def task_of(self, options) -> str:
        return "distil"
