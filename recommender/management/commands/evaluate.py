from __future__ import annotations

import json

from django.core.management.base import CommandError, CommandParser

from recommender import registry
from recommender.evaluation import PROTOCOLS
from recommender.jobs import evaluate_algorithms
from recommender.jobs.evaluating import BASELINE, NotEnoughData
from recommender.management.console import DATA_INVALID, USAGE, ConsoleCommand, progress_bar, storefront_named


class Command(ConsoleCommand):
    help = "Fit on a storefront's past, ask about its future, and compare with popularity. Nothing is kept."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("storefront")
        parser.add_argument("--protocol", default="leave-one-out", choices=tuple(PROTOCOLS))
        parser.add_argument(
            "--algorithm", action="append", help=f"Repeatable; default: all. {', '.join(registry.algorithms())}."
        )
        parser.add_argument("--seed", type=int, action="append", help="Repeatable; default: 0.")
        parser.add_argument("--keep-seen", action="store_true", help="Rank items too that the person has already.")
        self.add_format(parser)

    def handle(self, *, storefront, protocol, algorithm, seed, keep_seen, format, **options) -> None:
        slugs = list(dict.fromkeys([BASELINE, *(algorithm or registry.algorithms())]))
        try:
            with progress_bar("Evaluate") as show:
                reports = evaluate_algorithms(
                    storefront_named(storefront),
                    slugs,
                    protocol=protocol,
                    seeds=seed or (0,),
                    filter_seen=not keep_seen,
                    progress=lambda stage, fraction, metrics: show(stage, fraction),
                )
        except LookupError as error:
            raise CommandError(str(error.args[0]), returncode=USAGE) from None
        except NotEnoughData as error:
            raise CommandError(str(error), returncode=DATA_INVALID) from None
        if format == "json":
            rows = [
                {"seed": seed, "protocol": protocol, **report.to_json(with_values=False)} for seed, report in reports
            ]
            self.stdout.write(json.dumps(rows, indent=2))
            return
        rows = [
            {
                "algorithm": report.algorithm,
                "seed": seed,
                "recall@10": report.metrics["recall@10"],
                "ndcg@10": report.metrics["ndcg@10"],
                "95%": "{:.4f}–{:.4f}".format(*report.intervals["ndcg@10"]),
                "mrr@10": report.metrics["mrr@10"],
                "map@10": report.metrics["map@10"],
                "coverage@10": report.metrics["coverage@10"],
                "novelty@10": report.metrics["novelty@10"],
            }
            for seed, report in reports
        ]
        seen = "seen items ranked too" if keep_seen else "seen items left out"
        self.print_rows(rows, format, title=f"{storefront}, {protocol}, full ranking, {seen}, test")
