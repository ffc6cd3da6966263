from __future__ import annotations

from django.conf import settings
from django.core.management.base import CommandError, CommandParser

from recommender.jobs import media_embed
from recommender.jobs.media import OFF
from recommender.language.model_folder import EncoderError
from recommender.management.console import (
    DEPENDENCY_MISSING,
    USAGE,
    ConsoleCommand,
    progress_bar,
    storefront_named,
)


class Command(ConsoleCommand):
    help = "Look at the images and listen to the recordings of a storefront's items that are new or changed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        self.add_format(parser)

    def handle(self, *, storefront, format, **options) -> None:
        chosen = storefront_named(storefront)
        if settings.IMAGE_ENCODER == settings.AUDIO_ENCODER == OFF:
            raise CommandError("IMAGE_ENCODER and AUDIO_ENCODER are off: nobody looks or listens.", returncode=USAGE)
        try:
            with progress_bar("Media") as show:
                results = media_embed(chosen.pk, lambda done, total: show("media", done / max(total, 1)))
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        rows = [
            {"modality": one.modality, "items": one.items, "failed": one.failed, "captions": one.captions}
            for one in results
        ]
        self.print_rows(rows, format, title=f"{storefront}: media")
        for sentence in [sentence for one in results for sentence in one.problems][:20]:
            self.stderr.write(sentence)
        if format == "table":
            self.stdout.write(f"Similar items count media now. Next: manage.py train {storefront} --activate")
