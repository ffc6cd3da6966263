"""What filters, boosts, variety and pages add to a request: `python -m tests.benchmarks.conditions --items 10000`.

A synthetic catalogue in memory, no database. Each figure is the median of `--rounds`, in milliseconds. A condition is
`parsed` on every request; its mask is worked out `first` after an item changed and looked up (`kept`) from then on;
`columns` is what the very first condition over a field costs after a change, when the field is read into a column.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

CONDITIONS = {
    "number": "price < 2000",
    "text": 'brand = "Brand 7"',
    "list": 'category in ("Topic 3", "Topic 4", "Topic 5") and not (tag = "wool")',
    "mixed": 'price >= 500 and price < 9000 and (brand in ("Brand 1", "Brand 2") or stock > 10) and brand is present',
}
COUNT = 20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=50)
    options = parser.parse_args()
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    print(json.dumps({"items": options.items, **measure(options.items, options.rounds)}, indent=1))
    return 0


def measure(n: int, rounds: int) -> dict:
    from catalog.expressions import parse
    from catalog.schema import schema_for
    from recommender import pipeline
    from recommender.data import Query

    schema = schema_for("ecommerce")
    catalogue = catalogue_of(n)
    result: dict = {}
    for name, text in CONDITIONS.items():
        fresh = catalogue_of(n)
        condition = parse(text, schema)
        columns = milliseconds(lambda fresh=fresh, condition=condition: condition.mask(fresh.columns), 1)
        fresh.fitting(condition)
        result[name] = {
            "fits": int(condition.mask(fresh.columns).sum()),
            "parsed": milliseconds(lambda text=text: parse(text, schema), rounds),
            "columns": columns,
            "first": milliseconds(lambda fresh=fresh, condition=condition: condition.mask(fresh.columns), rounds),
            "kept": milliseconds(lambda fresh=fresh, condition=condition: fresh.fitting(condition), rounds),
        }
    scores = np.random.default_rng(0).normal(size=n).astype(np.float32)
    allowed, query, k = np.ones(n, dtype=bool), Query(), COUNT + 4
    mask = catalogue.fitting(parse(CONDITIONS["mixed"], schema))
    ranked = pipeline.rank(query, scores, catalogue.items, k=k, source="model")

    def rank(**options) -> None:
        pipeline.rank(query, scores, catalogue.items, k=k, source="model", **options)

    result["rank"] = milliseconds(rank, rounds)
    result["rank_filtered"] = milliseconds(lambda: rank(allowed=mask), rounds)
    result["rank_varied"] = milliseconds(lambda: rank(diversity=0.5), rounds)
    result["boosted"] = milliseconds(lambda: pipeline.boosted(scores, [(mask, 2.0)], allowed), rounds)
    result["further"] = milliseconds(lambda: pipeline.further(query, scores, catalogue.items, ranked, k=100), rounds)
    return result


def catalogue_of(n: int):
    """Items as serving keeps them, with a text vector each."""
    from recommender.data import Items
    from recommender.serving.catalogue import Catalogue

    rng = random.Random(0)
    vectors = np.random.default_rng(0).normal(size=(n, 384)).astype(np.float32)
    items = Items(
        ids=np.arange(n),
        categories=[(f"Department {row % 8}", f"Topic {row % 60}") for row in range(n)],
        attributes=[{"brand": f"Brand {rng.randrange(300)}", "stock": rng.randrange(50)} for _ in range(n)],
        prices=np.array([rng.randrange(100, 20_000) for _ in range(n)], dtype=np.float64),
        published=np.arange(n, dtype=np.float64),
        vectors=vectors / np.linalg.norm(vectors, axis=1, keepdims=True),
    )
    return Catalogue(
        version=1,
        items=items,
        withdrawn=np.zeros(n, dtype=bool),
        available_from=np.full(n, -np.inf),
        available_until=np.full(n, np.inf),
        created=np.zeros(n),
        tags=[rng.sample(("wool", "oak", "steel", "blue"), 2) for _ in range(n)],
        names=[(f"sku-{row}", f"Product {row}", "EUR", "en") for row in range(n)],
    )


def milliseconds(act: Callable[[], object], rounds: int) -> float:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        act()
        taken.append(time.perf_counter() - started)
    return round(1000 * sorted(taken)[len(taken) // 2], 4)


if __name__ == "__main__":
    raise SystemExit(main())
