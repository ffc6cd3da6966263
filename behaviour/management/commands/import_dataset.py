"""`manage.py import_dataset FORMAT PATH --storefront SLUG`: a dataset from files into a storefront."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentTypeError, RawDescriptionHelpFormatter
from contextlib import nullcontext
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from behaviour.datasets import FORMATS, STREAMS, DatasetError, MissingPackage, Options
from behaviour.datasets.importing import dataset_import
from behaviour.datasets.printing import Progress, Rejects, as_json, as_table
from catalog.models import Storefront

USAGE, DATA_INVALID, DEPENDENCY_MISSING, INTERRUPTED = 2, 3, 5, 130

MAP = "repeatable; also attributes.NAME, context.NAME, consents.NAME; columns that are not named are ignored"
SET = "repeatable; the same value in each row"
TIME_FORMAT = "iso, seconds or milliseconds since 1970, or a pattern such as %%d.%%m.%%Y"


def pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise ArgumentTypeError(f"expected NAME=VALUE, got {text!r}")
    return name.strip(), value


def count(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise ArgumentTypeError(f"expected a whole number above 0, got {text!r}")
    return int(text)


def delimiter(text: str) -> str:
    text = {"\\t": "\t", "tab": "\t"}.get(text, text)
    if len(text) != 1:
        raise ArgumentTypeError("expected one character, or tab")
    return text


class Command(BaseCommand):
    help = "Import items, persons, behaviours and relationships from files. By default all of it, or nothing."

    def create_parser(self, *args, **options):
        formats = "\n".join(f"  {format_.name:<15} {format_.summary}" for format_ in FORMATS.values())
        return super().create_parser(
            *args, formatter_class=RawDescriptionHelpFormatter, epilog=f"formats:\n{formats}", **options
        )

    def add_arguments(self, parser) -> None:
        parser.add_argument("dataset_format", metavar="FORMAT", choices=FORMATS, help="see the list below")
        parser.add_argument("path", type=Path, help="the folder or file")
        parser.add_argument("--storefront", required=True, metavar="SLUG", help="where to import to")
        parser.add_argument("--dry-run", action="store_true", help="check everything, keep nothing")
        parser.add_argument("--keep-valid", action="store_true", help="keep the good rows of a file with bad ones")
        parser.add_argument("--rejects", type=Path, metavar="FILE", help="write refused rows there, as JSON lines")
        parser.add_argument("--limit", type=count, metavar="N", help="import at most N behaviours")
        parser.add_argument("--format", choices=("table", "json"), default="table", help="of the summary on stdout")
        parser.add_argument("--kind", default="", help="kind of behaviour, instead of the format's own choice")
        group = parser.add_argument_group("for jsonl and csv")
        group.add_argument("--what", choices=STREAMS, default="", help="what a single file holds")
        csv = parser.add_argument_group("for csv")
        csv.add_argument("--map", type=pair, action="append", default=[], metavar="FIELD=COLUMN", help=MAP)
        csv.add_argument("--set", type=pair, action="append", default=[], metavar="FIELD=VALUE", help=SET)
        csv.add_argument("--delimiter", type=delimiter, default=",", help="one character, or tab")
        csv.add_argument("--encoding", default="", help="such as latin-1; utf-8 by default")
        csv.add_argument("--time-format", default="iso", metavar="FORMAT", help=TIME_FORMAT)
        csv.add_argument("--price-unit", choices=("minor", "major"), default="minor", help="1999, or 19.99")

    def handle(self, *, dataset_format: str, path: Path, **options) -> None:
        if not path.exists():
            raise CommandError(f"{path} does not exist.", returncode=USAGE)
        storefront = self._storefront(options["storefront"])
        progress = Progress(self.stderr)
        try:
            with Rejects(options["rejects"]) if options["rejects"] else nullcontext() as rejects, progress:
                dataset = FORMATS[dataset_format].read(path, self._options(storefront, options))
                reports = dataset_import(
                    storefront=storefront,
                    dataset=dataset,
                    keep_valid=options["keep_valid"],
                    dry_run=options["dry_run"],
                    limit=options["limit"],
                    progress=progress.show,
                    on_reject=rejects and rejects.write,
                )
        except MissingPackage as error:
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        except DatasetError as error:
            raise CommandError(f"{error} Nothing was imported.", returncode=DATA_INVALID) from None
        except LookupError as error:  # the storefront's vertical is not installed
            raise CommandError(str(error), returncode=DEPENDENCY_MISSING) from None
        except KeyboardInterrupt:
            self.stderr.write("Interrupted. Nothing was kept.")
            sys.exit(INTERRUPTED)
        self._report(reports, dataset, storefront, options)

    def _storefront(self, slug: str) -> Storefront:
        storefront = Storefront.objects.filter(slug=slug).first()
        if storefront is None:
            known = ", ".join(Storefront.objects.values_list("slug", flat=True)) or "none yet; make one in the admin"
            raise CommandError(f"There is no storefront {slug!r}. There are: {known}.", returncode=USAGE)
        return storefront

    def _options(self, storefront: Storefront, options: dict) -> Options:
        return Options(
            vertical=storefront.vertical,
            columns=dict(options["map"]),
            constants=dict(options["set"]),
            **{name: options[name] for name in ("kind", "what", "delimiter", "encoding", "time_format", "price_unit")},
        )

    def _report(self, reports, dataset, storefront: Storefront, options: dict) -> None:
        if options["format"] == "json":
            self.stdout.write(json.dumps(as_json(reports, dataset), indent=2, ensure_ascii=False))
        else:
            self.stdout.write(as_table(reports, dataset))
        refused = sum(report.rejected for report in reports.values())
        if refused and not options["keep_valid"]:
            raise CommandError(
                f"Nothing was kept, because of {refused:,} refused. Mend them, or run this again with --keep-valid "
                "--rejects FILE to keep the others.",
                returncode=DATA_INVALID,
            )
        if options["dry_run"]:
            self.stderr.write("Dry run: nothing was kept. Run this again without --dry-run.")
        else:
            self.stderr.write(f"Next: manage.py train {storefront.slug}")
