from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandError, CommandParser

from catalog.models import Item, Storefront
from recommender.jobs import encoder_adopt
from recommender.language.model_folder import EncoderError
from recommender.management.console import DEPENDENCY_MISSING, storefront_named
from recommender.management.runs import RunCommand
from recommender.models import Artifact, EmbeddingFailure, LiveEncoder, TrainingRun
from recommender.services import ServiceError, encoder_change_request


class Command(RunCommand):
    help = "Give every item of a storefront whose words are new or changed its vector, or exchange the encoder."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--encoder",
            metavar="ARTIFACT",
            help="Exchange the encoder: an artifact's number, `settings` for the one that ENCODER_MODEL names, or a "
            "folder, a package or a hub id as ENCODER_MODEL takes them.",
        )
        parser.add_argument("--shards", type=int, default=4, help="Parts that workers embed at once.")
        parser.add_argument("--failed", action="store_true", help="List the items that could not be read.")
        parser.add_argument("--retry", action="store_true", help="Try those again now.")

    def task_of(self, options: Mapping[str, Any]) -> str:
        return TrainingRun.CHANGE_ENCODER

    def handle(self, *, storefront, **options) -> None:
        chosen = storefront_named(storefront)
        if options["failed"]:
            self.print_rows(_failures(chosen), options["format"], title=f"{storefront}: items without a vector")
            return
        if options["retry"]:
            EmbeddingFailure.objects.filter(storefront=chosen).delete()
        if not Item.objects.filter(storefront=chosen).exists():
            raise CommandError(f"{storefront} has no items to embed; import some first.")
        super().handle(storefront=storefront, **options)
        if left := EmbeddingFailure.objects.filter(storefront=chosen).count():
            self.stderr.write(f"{left:,} could not be read. List them: manage.py embed {storefront} --failed")

    def begin(self, storefront: Storefront, enqueue: bool, options: Mapping[str, Any]) -> TrainingRun:
        return encoder_change_request(
            storefront=storefront,
            artifact=_chosen(storefront, options["encoder"]),
            shards=options["shards"],
            enqueue=enqueue,
        )

    def next_step(self, artifact: Artifact, run: TrainingRun) -> str:
        live = LiveEncoder.objects.select_related("storefront").get(storefront=run.storefront)
        note = artifact.manifest.get("note", "")
        storefront = live.storefront.slug
        return f"{note}\n{storefront} reads with {live}.\nNext: manage.py train {storefront} --activate".lstrip()


def _chosen(storefront: Storefront, encoder: str | None) -> Artifact | None:
    """None: the encoder that the settings name. Raises ServiceError for an artifact that the storefront has not."""
    if encoder == "settings":
        return None
    if encoder is None:
        live = LiveEncoder.objects.select_related("artifact").filter(storefront=storefront).first()
        return live.artifact if live else None
    if not encoder.isdigit():
        try:
            return encoder_adopt(storefront, encoder)
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
    artifact = Artifact.objects.filter(pk=encoder, storefront=storefront).first()
    if artifact is None:
        raise ServiceError(f"{storefront.slug} has no artifact {encoder}; the admin lists its encoders.")
    return artifact


def _failures(storefront: Storefront) -> list[dict]:
    rows = EmbeddingFailure.objects.filter(storefront=storefront).select_related("item")
    return [
        {
            "item": row.item.external_id,
            "attempts": row.attempts,
            "next attempt": f"{row.next_try_at:%Y-%m-%d %H:%M}",
            "error": row.error[:200],
        }
        for row in rows
    ]
