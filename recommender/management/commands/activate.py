from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from recommender.management.console import USAGE, ConsoleCommand, storefront_named
from recommender.models import Artifact
from recommender.services import ServiceError, artifact_activate, deployment_rollback, language_activate


class Command(ConsoleCommand):
    help = "Put an artifact live, or go back to the one before (--rollback STOREFRONT)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("artifact", type=int, nargs="?", help="Its number, as `train` and the admin show it.")
        parser.add_argument("--rollback", metavar="STOREFRONT", default="")
        parser.add_argument("--placement", default="", help="Default: every placement without one of its own.")
        parser.add_argument("--reason", default="")

    def handle(self, *, artifact, rollback, placement, reason, **options) -> None:
        if (artifact is None) == (not rollback):
            raise CommandError("Give an artifact's number, or --rollback STOREFRONT.", returncode=USAGE)
        try:
            if rollback:
                live = deployment_rollback(storefront=storefront_named(rollback), placement=placement, reason=reason)
            else:
                chosen = Artifact.objects.select_related("storefront").get(pk=artifact)
                if chosen.product != Artifact.Product.RANKING:
                    language_activate(artifact=chosen, reason=reason)
                    self.stdout.write(f"Live on {chosen.storefront.slug}: {chosen}")
                    return
                live = artifact_activate(artifact=chosen, placement=placement, reason=reason)
        except Artifact.DoesNotExist:
            raise CommandError(f"There is no artifact {artifact}; the admin lists them.", returncode=USAGE) from None
        except ServiceError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Live on {live.storefront.slug} ({live.placement or 'every placement'}): {live.artifact}")
