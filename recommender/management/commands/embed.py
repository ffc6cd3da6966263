from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from catalog.models import Storefront
from recommender.jobs import items_embed, training_run_execute
from recommender.language.model_folder import EncoderError
from recommender.management.console import (
    DEPENDENCY_MISSING,
    USAGE,
    ConsoleCommand,
    progress_bar,
    storefront_named,
)
from recommender.models import Artifact, EmbeddingFailure, TrainingRun
from recommender.services import ServiceError, encoder_change_request


class Command(ConsoleCommand):
    help = "Give every item of a storefront whose words are new or changed its vector, or exchange the encoder."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument(
            "--encoder", metavar="ARTIFACT", help="Exchange the encoder: an artifact's number, or `settings`."
        )
        parser.add_argument("--shards", type=int, default=4, help="Parts that workers embed at once.")
        parser.add_argument("--enqueue", action="store_true", help="Leave the exchange to a worker.")
        parser.add_argument("--failed", action="store_true", help="List the items that could not be read.")
        parser.add_argument("--retry", action="store_true", help="Try those again now.")
        self.add_format(parser)

    def handle(self, *, storefront, encoder, shards, enqueue, failed, retry, format, **options) -> None:
        chosen = storefront_named(storefront)
        if failed:
            self.print_rows(_failures(chosen), format, title=f"{storefront}: items without a vector")
            return
        if retry:
            EmbeddingFailure.objects.filter(storefront=chosen).delete()
        try:
            if encoder:
                self._exchange(chosen, encoder, shards, enqueue)
                return
            with progress_bar("Embed") as show:
                done = items_embed(chosen.pk, progress=lambda done, total: show("items", done / max(total, 1)))
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        self.stdout.write(f"Embedded {done:,} items." if done else "Every item has its vector already.")
        if left := EmbeddingFailure.objects.filter(storefront=chosen).count():
            self.stdout.write(f"{left:,} could not be read. List them: manage.py embed {storefront} --failed")

    def _exchange(self, storefront: Storefront, encoder: str, shards: int, enqueue: bool) -> None:
        artifact = None
        if encoder != "settings":
            artifact = Artifact.objects.filter(pk=encoder, storefront=storefront).first() if encoder.isdigit() else None
            if artifact is None:
                raise CommandError(
                    f"{storefront.slug} has no artifact {encoder!r}. Give the number of one of its encoders, or "
                    "`settings` for the encoder that ENCODER_MODEL names.",
                    returncode=USAGE,
                )
        try:
            run = encoder_change_request(storefront=storefront, artifact=artifact, shards=shards, enqueue=enqueue)
        except ServiceError as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if enqueue:
            self.stdout.write(f"Run {run.pk} is queued. Follow it at /admin/recommender/trainingrun/{run.pk}/change/")
            return
        with progress_bar("Exchange the encoder") as show:
            training_run_execute(run.pk, echo=show)
        run.refresh_from_db()
        if run.status != TrainingRun.Status.FINISHED:
            raise CommandError(f"Run {run.pk} {run.get_status_display()}: {run.error}", returncode=1)
        storefront.refresh_from_db()
        self.stdout.write(f"{storefront.slug} now reads with {storefront.encoder}.")
        self.stdout.write(f"Next: manage.py train {storefront.slug} --activate")


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
