"""One list taken apart: the funnel, each row's way, why not, and another model's answer."""

from __future__ import annotations

import time

import numpy as np
import pytest
from django.utils import timezone

from catalog.models import Item
from recommender import pipeline, tracing
from recommender.data import Items, Query
from recommender.models import Artifact, Recommendation
from recommender.services import ServiceError, recommend
from recommender.services.inspections import inspect, overlap, recommendation_find, why_not
from recommender.services.rules import rule_create


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


def named(live, number: int) -> Item:
    return Item.objects.get(storefront=live.storefront, external_id=f"film-{number}")


def rule_of(live, look_again, kind, condition, **values):
    rule_create(
        storefront=live.storefront, values={"name": f"a {kind}", "kind": kind, "condition": condition, **values}
    )
    look_again(live.storefront)


def test_the_inspected_list_is_the_one_that_is_served_and_is_not_recorded(live):
    seen = inspect(storefront=live.storefront, person=live.persons[0], count=4)
    assert ids(seen.served) == ids(recommend(storefront=live.storefront, person=live.persons[0], count=4))
    assert Recommendation.objects.count() == 1


def test_the_funnel_narrows_from_all_items_to_those_shown(live):
    steps = inspect(storefront=live.storefront, person=live.persons[0], count=4).steps
    counts = {step.name: step.after for step in steps}
    assert counts["dedup"] == 20
    assert counts["seen"] == counts["available"] == 14
    assert counts["shown"] == 4
    assert all(step.milliseconds >= 0 for step in steps)


def test_a_row_names_its_source_its_rank_its_rules_and_its_reason(live, look_again):
    rule_of(live, look_again, "pin", 'id = "film-15"', position=1)
    first, second = inspect(storefront=live.storefront, person=live.persons[0], count=4).rows[:2]
    assert (first.sources[0], first.rules, first.place) == ("rule", ("a pin",), 1)
    assert first.rank > 4
    assert first.moved == first.rank - 1
    assert (second.sources[0], second.rank) == ("model", 1)
    assert "Drama" in second.entry.reason


@pytest.mark.parametrize(
    "number, kind, condition, more, stage, actual",
    [
        (0, "", "", {}, "seen", "Rated on"),
        (8, "filter", 'id = "film-8"', {}, "operator rules", "a filter"),
        (9, "cap", 'category = "Drama"', {"amount": 1}, "operator rules again", "a cap"),
        (13, "", "", {}, "shown", "place"),
    ],
)
def test_why_not_names_the_first_step_that_dropped_it(live, look_again, number, kind, condition, more, stage, actual):
    if kind:
        rule_of(live, look_again, kind, condition, **more)
    seen = inspect(storefront=live.storefront, person=live.persons[0], count=12 if number == 13 else 4)
    missing = [n for n in range(20) if f"film-{n}" not in ids(seen.served)]
    item = named(live, number if number in missing else missing[-1])
    found = why_not(seen, item)
    assert found.stage == stage, found
    assert actual in found.actual


def test_why_not_says_that_an_item_is_withdrawn(live, look_again):
    Item.objects.filter(external_id="film-8").update(withdrawn=True, updated_at=timezone.now())
    look_again(live.storefront)
    found = why_not(inspect(storefront=live.storefront, person=live.persons[0]), named(live, 8))
    assert (found.stage, found.actual) == ("available", "withdrawn")


def test_why_not_gives_the_score_that_was_needed_and_the_one_there_was(live, look_again, monkeypatch):
    monkeypatch.setattr(pipeline, "POOL", 1)
    monkeypatch.setattr("recommender.services.recommendations.SPARE", 0)
    seen = inspect(storefront=live.storefront, person=live.persons[0], count=1)
    found = why_not(seen, named(live, 12))
    assert found.stage == "score"
    assert float(found.threshold.removeprefix("≥ ")) > float(found.actual)


def test_why_not_words_the_reason_of_a_rule_in_code(shop, look_again):
    mugs = [
        Item.objects.create(storefront=shop, external_id=f"mug-{n}", title=f"Mug {n}", attributes={"stock": n})
        for n in range(2)
    ]
    found = why_not(inspect(storefront=shop), mugs[0])
    assert found.stage == "rules"
    assert found.sentence


def test_what_is_in_the_list_is_not_asked_why_not(live):
    seen = inspect(storefront=live.storefront, person=live.persons[0])
    found = why_not(seen, seen.served.items[2].item)
    assert (found.stage, "place 3" in found.sentence) == ("", True)


def test_an_item_of_another_storefront_is_refused(live, shop):
    item = Item.objects.create(storefront=shop, external_id="x", title="X")
    with pytest.raises(ServiceError):
        why_not(inspect(storefront=live.storefront), item)


def test_another_model_answers_in_its_place(live):
    from recommender.jobs import training_run_execute
    from recommender.services import training_run_create

    run = training_run_create(storefront=live.storefront, algorithm="popularity", enqueue=False)
    other = training_run_execute(run.pk)
    now = inspect(storefront=live.storefront, person=live.persons[0], count=6)
    replay = inspect(storefront=live.storefront, person=live.persons[0], count=6, artifact=other)
    assert (now.served.algorithm, replay.served.algorithm) == ("ease", "popularity")
    assert 0 <= overlap(now.served, replay.served) < 1
    assert overlap(now.served, now.served) == 1


def test_a_model_that_cannot_be_loaded_is_said_to_be(live):
    broken = Artifact.objects.create(storefront=live.storefront, algorithm="ease", folder="nowhere")
    with pytest.raises(ServiceError, match="cannot be loaded"):
        inspect(storefront=live.storefront, artifact=broken)


@pytest.mark.parametrize("number", ["", "no-uuid", "5f1d7a52-7a43-4a57-9c39-0e5ac43a0000"])
def test_an_id_that_names_no_list_is_said_to(live, number):
    with pytest.raises(ServiceError):
        recommendation_find(number, {live.storefront.pk})


def test_a_trace_that_is_off_is_never_called(live, monkeypatch):
    calls = []
    monkeypatch.setattr(tracing.Trace, "note", lambda self, *args, **facts: calls.append(args))
    recommend(storefront=live.storefront, person=live.persons[0], count=4)
    assert calls == []
    inspect_calls = pipeline.rank(
        Query(), np.arange(5, dtype=np.float32), Items(ids=np.arange(5)), k=2, source="m", trace=tracing.Trace()
    )
    assert len(inspect_calls.ranking) == 2
    assert len(calls) >= 5


def test_ranking_without_a_trace_is_not_slower_than_with_one():
    items, scores = Items(ids=np.arange(50_000)), np.random.default_rng(0).random(50_000).astype(np.float32)

    def best_of(trace) -> float:
        times = []
        for _ in range(15):
            started = time.perf_counter()
            pipeline.rank(Query(), scores, items, k=20, source="m", trace=trace())
            times.append(time.perf_counter() - started)
        return min(times)

    assert best_of(lambda: None) < best_of(tracing.Trace)
