"""Fit on the past, ask about the future, compare with popularity."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from catalog.models import Storefront

from .. import registry, selectors
from ..contracts import Algorithm, FitOptions
from ..evaluation import PROTOCOLS, Report, Split, evaluate
from ..models import LiveEncoder

BASELINE = "popularity"

Progress = Callable[[str, float, Mapping[str, float]], None]


class NotEnoughData(Exception):
    """The storefront's behaviours cannot carry the protocol; the message says what is missing."""


@dataclass(frozen=True)
class Outcome:
    """A fitted algorithm, with settings found on validation, and what it scored on test."""

    algorithm: Algorithm
    report: Report


def evaluate_algorithms(
    storefront: Storefront,
    algorithms: Iterable[str],
    *,
    protocol: str,
    seeds: Iterable[int] = (0,),
    filter_seen: bool = True,
    progress: Progress = lambda stage, fraction, metrics: None,
) -> list[tuple[int, Report]]:
    """(seed, report) of each algorithm and seed. Raises NotEnoughData, and LookupError for unknown names."""
    data = data_for(storefront)
    classes = [registry.algorithm(slug) for slug in algorithms]
    reports = []
    for seed in seeds:
        split = split_for(data, protocol, seed, filter_seen)
        for algorithm in classes:
            outcome = fit_and_test(algorithm, None, data, split, seed=seed, progress=progress)
            reports.append((seed, outcome.report))
    return reports


def data_for(storefront: Storefront) -> selectors.TrainingData:
    """Everything that may be learned from, with vectors where the items have some."""
    encoder = LiveEncoder.objects.filter(storefront=storefront).values_list("fingerprint", flat=True).first()
    data = selectors.training_data(storefront, encoder=encoder)
    if not len(data.items):
        raise NotEnoughData(f"{storefront} has no items. Import some: manage.py import_dataset --help")
    if not len(data.interactions):
        raise NotEnoughData(
            f"{storefront} has no behaviours that speak for an item, so there is nothing to learn from."
        )
    return data


def split_for(data: selectors.TrainingData, protocol: str, seed: int, filter_seen: bool = True) -> Split:
    try:
        split = PROTOCOLS[protocol](data.interactions, seed=seed, filter_seen=filter_seen)
    except KeyError:
        raise LookupError(f"No protocol named {protocol!r}; there are: {', '.join(PROTOCOLS)}.") from None
    except ValueError as error:
        raise NotEnoughData(str(error)) from None
    if not len(split.validation) or not len(split.test):
        raise NotEnoughData(
            f"The {protocol} protocol leaves nothing to ask: {len(data.persons)} persons with "
            f"{len(data.interactions)} interactions. It needs persons with at least three items each."
        )
    return split


def fit_and_test(
    algorithm: type[Algorithm],
    config: Mapping[str, Any] | None,
    data: selectors.TrainingData,
    split: Split,
    *,
    seed: int,
    progress: Progress,
    cancelled: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Settings are found on validation unless `config` gives them; test is looked at once, at the end."""
    options = FitOptions(
        seed=seed,
        device=settings.DEVICE or "cpu",
        validation=None if config else split.validation,
        progress=progress,
        cancelled=cancelled,
    )
    fitted = algorithm(algorithm.configure(config or {})).fit(split.train, data.items, options)
    report = evaluate(fitted, split.test, split.train, data.items, seed=seed, progress=progress)
    return Outcome(fitted, report)
