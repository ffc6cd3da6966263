from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from recommender.jobs import items_embed
from recommender.language.model_folder import EncoderError
from recommender.management.console import DEPENDENCY_MISSING, ConsoleCommand, progress_bar, storefront_named


class Command(ConsoleCommand):
    help = "Give every item of a storefront whose words are new or changed its vector."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")

    def handle(self, *, storefront, **options) -> None:
        chosen = storefront_named(storefront)
        try:
            with progress_bar("Embed") as show:
                done = items_embed(chosen.pk, progress=lambda done, total: show("items", done / max(total, 1)))
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        self.stdout.write(f"Embedded {done:,} items." if done else "Every item has its vector already.")
