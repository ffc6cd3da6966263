from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from catalog.models import Storefront
from recommender.jobs.linting import storefront_lint
from recommender.jobs.measuring import measures_update
from recommender.jobs.segments import segments_count
from recommender.management.console import USAGE, ConsoleCommand


class Command(ConsoleCommand):
    help = "Bring the admin's figures, findings and segments up to date now, without waiting for the clock."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront", nargs="?", help="Slug; without it, every storefront.")
        parser.add_argument("--days", type=int, help="Count the last days anew, whatever has changed.")
        self.add_format(parser)

    def handle(self, *, storefront, days, format, **options) -> None:
        if days is not None and days < 1:
            raise CommandError("--days is at least 1.", returncode=USAGE)
        chosen = Storefront.objects.filter(slug=storefront) if storefront else Storefront.objects.filter(active=True)
        if storefront and not chosen:
            raise CommandError(f"There is no storefront {storefront!r}.", returncode=USAGE)
        rows = [
            {
                "storefront": one.slug,
                "hours": measures_update(storefront_id=one.pk, days=days),
                "findings": storefront_lint(storefront_id=one.pk),
                "segments": segments_count(storefront_id=one.pk),
            }
            for one in chosen
        ]
        self.print_rows(rows, format)
