from __future__ import annotations

import json

from django.core.management.base import CommandError, CommandParser

from recommender import registry
from recommender.jobs import training_run_execute
from recommender.management.console import (
    DATA_INVALID,
    GATE_FAILED,
    USAGE,
    ConsoleCommand,
    progress_bar,
    storefront_named,
)
from recommender.models import Deployment, TrainingRun
from recommender.services import ServiceError, training_run_create
from recommender.services.promoting import GateError, gates_check


class Command(ConsoleCommand):
    help = "Train an algorithm on a storefront's behaviours, evaluate it and keep the artifact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--algorithm", default="blend", help=f"One of: {', '.join(registry.algorithms())}.")
        parser.add_argument("--protocol", default="leave-one-out", help="leave-one-out, global-time or random.")
        parser.add_argument("--config", default="", help="Settings as JSON. Without them they are found on validation.")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--activate", action="store_true", help="Put the result live if it passes the gates.")
        parser.add_argument("--enqueue", action="store_true", help="Leave the work to a worker and return at once.")
        self.add_format(parser)

    def handle(self, *, storefront, algorithm, protocol, config, seed, activate, enqueue, format, **options) -> None:
        try:
            run = training_run_create(
                storefront=storefront_named(storefront),
                algorithm=algorithm,
                config=json.loads(config) if config else None,
                protocol=protocol,
                seed=seed,
                activate=activate,
                enqueue=enqueue,
            )
        except (ServiceError, ValueError) as error:
            raise CommandError(str(error), returncode=USAGE) from None
        if enqueue:
            self.stdout.write(f"Run {run.pk} is queued. Follow it at /admin/recommender/trainingrun/{run.pk}/change/")
            return
        with progress_bar(f"Train {algorithm}") as show:
            artifact = training_run_execute(run.pk, echo=show)
        run.refresh_from_db()
        if artifact is None:
            code = DATA_INVALID if run.error.startswith(storefront) else 1
            raise CommandError(f"Run {run.pk} {TrainingRun.Status(run.status).label}: {run.error}", returncode=code)
        evaluation = artifact.manifest["evaluation"]
        rows = [
            {"algorithm": report["algorithm"], **{name: report["metrics"][name] for name in ("recall@10", "ndcg@10")}}
            for report in (evaluation["report"], evaluation["baseline"])
        ]
        self.print_rows(rows, format, title=f"{protocol}, test")
        if format == "table":
            live = Deployment.objects.filter(artifact=artifact, active=True).exists()
            self.stdout.write(f"Artifact {artifact.pk} is {'live' if live else 'ready'}. Next:")
            if not live:
                self.stdout.write(f"  manage.py activate {artifact.pk}")
            self.stdout.write(f"  manage.py recommend {storefront} PERSON")
        if activate and not Deployment.objects.filter(artifact=artifact, active=True).exists():
            raise CommandError(str(GateError(gates_check(artifact))), returncode=GATE_FAILED)
