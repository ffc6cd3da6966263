from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from recommender.management.console import GATE_FAILED, USAGE, ConsoleCommand, storefront_named
from recommender.models import Artifact
from recommender.services import ServiceError, deployment_rollback, language_activate
from recommender.services.promoting import GateError, artifact_promote


class Command(ConsoleCommand):
    help = "Put an artifact live if it passes the gates, or go back to the one before (--rollback STOREFRONT)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("artifact", type=int, nargs="?", help="Its number, as `train` and the admin show it.")
        parser.add_argument("--rollback", metavar="STOREFRONT", default="")
        parser.add_argument("--placement", default="", help="Default: every placement without one of its own.")
        parser.add_argument("--reason", default="")
        parser.add_argument(
            "--force", metavar="REASON", default="", help="Put it live whatever the gates say; the audit log says why."
        )

    def handle(self, *, artifact, rollback, placement, reason, force, **options) -> None:
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
                live = artifact_promote(artifact=chosen, placement=placement, reason=force or reason, force=bool(force))
        except Artifact.DoesNotExist:
            raise CommandError(f"There is no artifact {artifact}; the admin lists them.", returncode=USAGE) from None
        except GateError as error:
            raise CommandError(f"{error} --force REASON puts it live all the same.", returncode=GATE_FAILED) from None
        except ServiceError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(f"Live on {live.storefront.slug} ({live.placement or 'every placement'}): {live.artifact}")
