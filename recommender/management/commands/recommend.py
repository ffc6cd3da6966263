from __future__ import annotations

from django.core.management.base import CommandError, CommandParser

from behaviour.models import Person
from recommender.management.console import USAGE, ConsoleCommand, storefront_named
from recommender.services import ServiceError, recommend


class Command(ConsoleCommand):
    help = "Show what a person would be recommended now, and why. Nothing is recorded."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("person", nargs="?", default="", help="Their id; without one, what a stranger gets.")
        parser.add_argument("--placement", default="home")
        parser.add_argument("--limit", type=int, default=10)
        parser.add_argument("--language", default="en", choices=("en", "zh-hans"))
        self.add_format(parser)

    def handle(self, *, storefront, person, placement, limit, language, format, **options) -> None:
        chosen = storefront_named(storefront)
        known = Person.objects.filter(storefront=chosen, external_id=person).first() if person else None
        if person and known is None:
            raise CommandError(f"{storefront} knows nobody with the id {person!r}.", returncode=USAGE)
        try:
            served = recommend(
                storefront=chosen,
                person=known,
                placement=placement,
                count=limit,
                language=language,
                reasons=True,
                record=False,
            )
        except ServiceError as error:
            raise CommandError(str(error), returncode=USAGE) from None
        rows = [
            {
                "#": entry.position + 1,
                "id": entry.item.external_id,
                "title": entry.item.title,
                "score": entry.score,
                "source": entry.source,
                "why": entry.reason,
            }
            for entry in served.items
        ]
        note = f", fallback: {served.fallback}" if served.fallback else ""
        self.print_rows(rows, format, title=f"{served.algorithm or 'no model'}{note}")
