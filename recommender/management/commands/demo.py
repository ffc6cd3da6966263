from __future__ import annotations

import os
from collections.abc import Sequence

from django.core.management import call_command
from django.core.management.base import CommandError, CommandParser

from catalog.models import Storefront
from catalog.schema import say
from recommender.language.model_folder import EncoderError
from recommender.management.console import DEPENDENCY_MISSING, FAILED, ConsoleCommand, progress_bar
from recommender.management.demo_days import days_play, figures_count
from recommender.management.demo_language import language_set_up
from recommender.management.demo_operators import alerts_look_back, operators_set_up
from recommender.management.demonstration import (
    BUNDLED,
    CINEMA,
    OPERATOR,
    Bundled,
    bundled_of,
    credentials,
    films_import,
    is_imported,
    storefront_of,
    synthetic_import,
    train_all,
)
from recommender.management.movielens import TERMS


class Command(ConsoleCommand):
    help = (
        "Five storefronts with real and synthetic data, trained and live, and a week of simulated visitors. "
        "Running it again plays the days since, and changes nothing else."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", default=os.environ.get("PORT", "8000"), help="For the links in the summary.")
        parser.add_argument(
            "--vertical", help="Instead of the five: one storefront of this vertical, with the data that it brings."
        )
        self.add_format(parser)

    def handle(self, *, port, vertical, format, **options) -> None:
        call_command("migrate", verbosity=0)
        try:
            storefronts = self._five() if vertical is None else self._imported([bundled_of(vertical)])
            rows = [row for storefront in storefronts for row in train_all(storefront, progress_bar)]
            for storefront in storefronts:
                with progress_bar(f"{storefront.name}: language") as show:
                    language_set_up(storefront, show)
                with progress_bar(f"{storefront.name}: a week of visitors") as show:
                    days_play(storefront, show)
                    show("counting", 1.0)
                    operators_set_up(storefront)
                    figures_count(storefront)
                    alerts_look_back(storefront)
        except EncoderError as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        except ValueError as error:
            raise CommandError(str(error), returncode=FAILED) from None
        kept = credentials(storefronts)
        self.print_rows(rows, format, title="Test, leave-one-out, full ranking, seen items left out")
        if format == "table":
            self._summary(kept, storefronts, f"http://127.0.0.1:{port}")

    def _five(self) -> list[Storefront]:
        cinema = storefront_of(CINEMA.slug, CINEMA.name, CINEMA.vertical)
        if not is_imported(cinema):
            self.stderr.write(TERMS)
            with progress_bar(f"{cinema.name}: import") as show:
                films_import(cinema, show, self.stderr.write)
        return [cinema, *self._imported(BUNDLED)]

    def _imported(self, bundled: Sequence[Bundled]) -> list[Storefront]:
        storefronts = [storefront_of(one.slug, one.name, one.vertical) for one in bundled]
        for storefront, one in zip(storefronts, bundled, strict=True):
            if not is_imported(storefront):
                with progress_bar(f"{storefront.name}: import") as show:
                    synthetic_import(storefront, one, show)
        return storefronts

    def _summary(self, kept, storefronts, site) -> None:
        lines = ["", "Where"]
        for storefront in storefronts:
            note = "  (synthetic behaviours)" if storefront.synthetic else ""
            lines.append(f"  {storefront.name:<18} {site}/s/{storefront.slug}/{note}")
        lines += [
            f"  {'Admin':<18} {site}/admin/  user {OPERATOR}, password {kept['password']}",
            f"  {'API reference':<18} {site}/api/v1/docs",
            "",
            "API keys",
            *(f"  {slug:<18} {key}" for slug, key in kept["keys"].items()),
            "",
            "Browse as",
        ]
        for storefront in storefronts:
            people = ", ".join(
                f"{one['external_id']} ({say(one['label'], 'en')})" for one in storefront.settings["browse_as"]
            )
            lines.append(f"  {storefront.slug:<18} {people}")
        first = storefronts[0]
        person = first.settings["browse_as"][0]["external_id"] if first.settings["browse_as"] else ""
        lines += [
            "",
            "Next",
            "  make demo                                              serve it",
            f"  .venv/bin/python manage.py recommend {first.slug} {person:<10} what this person would see, and why",
            f"  .venv/bin/python manage.py evaluate {first.slug} --protocol global-time",
            "  .venv/bin/python manage.py import_dataset --help       your own data",
        ]
        self.stdout.write("\n".join(lines))
