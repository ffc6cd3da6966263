from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.management.base import CommandParser

from catalog.models import Storefront
from recommender.management.runs import RunCommand
from recommender.models import Artifact, TrainingRun
from recommender.services import ServiceError, keywords_request


class Command(RunCommand):
    help = "Write what everybody seems to like, in words of the catalogue. Only who did something since is read anew."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("--artifact", type=int, help="A keyword writer's number. Default: the one that is live.")

    def task_of(self, options: Mapping[str, Any]) -> str:
        return TrainingRun.WRITE_KEYWORDS

    def begin(self, storefront: Storefront, enqueue: bool, options: Mapping[str, Any]) -> TrainingRun:
        writer = None
        if options["artifact"] is not None:
            writer = Artifact.objects.filter(pk=options["artifact"], storefront=storefront).first()
            if writer is None:
                raise ServiceError(f"{storefront.slug} has no artifact {options['artifact']}; the admin lists them.")
        return keywords_request(storefront=storefront, artifact=writer, enqueue=enqueue)

    def next_step(self, artifact: Artifact, run: TrainingRun) -> str:
        return f"Next: manage.py recommend {artifact.storefront.slug} PERSON"
