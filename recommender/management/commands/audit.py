from __future__ import annotations

from django.core.management.base import CommandError

from recommender.management.console import DATA_INVALID, ConsoleCommand
from recommender.services.audit import audit_verify


class Command(ConsoleCommand):
    help = "Check the chain of the audit log, from its first entry to its last."

    def handle(self, **options) -> None:
        broken = audit_verify()
        if broken is not None:
            raise CommandError(
                f"The chain breaks at entry {broken.pk} ({broken.at:%Y-%m-%d %H:%M}, {broken}): it was changed, or one "
                "before it is gone.",
                returncode=DATA_INVALID,
            )
        self.stdout.write("The chain is whole: nobody changed or took out an entry.")
