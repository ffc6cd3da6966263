from __future__ import annotations

from dataclasses import asdict
from datetime import UTC

from django.core.management.base import CommandError, CommandParser
from django.utils import timezone

from recommender.management.console import FAILED, USAGE, ConsoleCommand, progress_bar, storefront_named
from recommender.management.simulating import NotPossible, Simulation
from recommender.services import ServiceError
from recommender.simulation.visits import visits_of


class Command(ConsoleCommand):
    help = (
        "Play days of a storefront: persons with hidden preferences see lists, click, take, hide and ignore, by the "
        "click model of docs/operations.md. All of it is labelled synthetic. A day that was played is not played again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--days", type=int, default=7, help="Up to now. Default: 7.")
        parser.add_argument("--persons", type=int, default=100, help="Who come to the storefront. Default: 100.")
        parser.add_argument("--seed", type=int, default=1, help="The same seed makes the same persons.")
        parser.add_argument(
            "--speed",
            type=float,
            default=0.0,
            help="Simulated seconds a second, to watch it happen: 3600 plays a day in 24 s. Default: no waiting.",
        )
        parser.add_argument("--dry-run", action="store_true", help="Say what would be played, and record nothing.")
        parser.add_argument("--yes", action="store_true", help="Also where a storefront holds real people's data.")
        self.add_format(parser)

    def handle(self, *, storefront, days, persons, seed, speed, dry_run, yes, format, **options) -> None:
        chosen = storefront_named(storefront)
        if not 1 <= days <= 365 or not 1 <= persons <= 10_000 or speed < 0 or seed < 0:
            raise CommandError(
                "Play 1 to 365 days of 1 to 10,000 persons, with a seed and a speed of 0 or more.", returncode=USAGE
            )
        if not chosen.synthetic and not yes and not dry_run:
            raise CommandError(
                f"{storefront} is not marked synthetic: simulated people would count in its figures and trainings. "
                "Pass --yes if that is meant.",
                returncode=USAGE,
            )
        now = timezone.now()
        try:
            simulation = Simulation(chosen, persons=persons, seed=seed)
            wanted = simulation.days_before(now.astimezone(UTC).date(), days)
            if dry_run:
                rows = [self._planned(simulation, day, now) for day in wanted]
                self.print_rows(rows, format, title="Nothing was recorded")
                return
            with progress_bar(f"{chosen.name}: simulate") as show:
                played = simulation.play(wanted, now=now, speed=speed, show=show)
        except (NotPossible, ServiceError) as error:
            raise CommandError(str(error), returncode=FAILED) from None
        self.print_rows([{"storefront": storefront, **asdict(played)}], format, title="Simulated, labelled synthetic")

    @staticmethod
    def _planned(simulation: Simulation, day, now) -> dict:
        visits = visits_of(day, simulation.persons, simulation.seed, before=now)
        state = "played already" if simulation.is_played(day) else "to play"
        return {"day": day.isoformat(), "visits": len(visits), "persons": len({v.person for v in visits}), "": state}
