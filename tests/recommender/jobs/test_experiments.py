"""From rows to an experiment's table: what is counted, and what is made of it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour
from recommender.evaluation import item_sets
from recommender.jobs.experiments import experiment_measure, experiments_measure, slot_report
from recommender.models import Allocation, Arm, Click, Experiment, Exploration, Impression, Recommendation, Segment
from recommender.selectors.outcomes import outcomes_of

NOW = timezone.now() - timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def experiment(world):
    made = Experiment.objects.create(
        storefront=world.storefront,
        name="Test",
        placement="home",
        status="running",
        method="fixed",
        planned_persons=40,
        started_at=NOW - timedelta(days=2),
        guardrails=[["dismissals", 0.1]],
    )
    Arm.objects.bulk_create(Arm(experiment=made, number=n, name=f"Arm {n}", share=0.5) for n in range(2))
    return made


@pytest.fixture
def show(world, experiment):
    """A list of six films for a person in an arm: seen at NOW, opened and watched after so many minutes."""
    count = iter(range(10_000))

    def make(person, arm, *, clicked=None, watched=None, hidden=None, seen=True, at=NOW, exploration=None):
        row = Recommendation.objects.create(
            storefront=world.storefront,
            person=world.persons[person],
            placement="home",
            arm=None if arm is None else experiment.arms.get(number=arm),
            items=[[item.pk, 1.0, "model"] for item in world.items[:6]],
            exploration=exploration,
            created_at=at,
        )
        common = {"storefront": world.storefront, "recommendation": row}
        if seen:
            Impression.objects.create(**common, position=0, seen_at=at)
            Impression.objects.create(**common, position=1, seen_at=at + MINUTE)
        if clicked is not None:
            Click.objects.create(**common, position=0, clicked_at=at + clicked * MINUTE)
        for kind, minutes, value in (("watch", watched, 1.0), ("hide", hidden, None)):
            if minutes is not None:
                Behaviour.objects.create(
                    storefront=world.storefront,
                    person=world.persons[person],
                    item=world.items[0],
                    kind=kind,
                    value=value,
                    recommendation_id=row.pk,
                    event_id=f"e{next(count)}",
                    occurred_at=at + minutes * MINUTE,
                    context={"dwell": 40},
                )
        return row

    return make


def sums(experiment, arm):
    found = outcomes_of(experiment)
    rows = found.arms == arm
    return {name: int(column[rows].sum()) for name, column in found.sums.items()}


def test_what_came_of_lists_is_counted_within_its_windows(experiment, show):
    show(0, 0, clicked=5, watched=60)
    show(0, 0, clicked=31, watched=24 * 60 + 1)  # both too late
    show(1, 0, hidden=2)
    show(2, 0, seen=False, clicked=1)  # nobody saw it
    assert sums(experiment, 0) | {"revenue": 0} == {
        "lists": 4,
        "fallbacks": 0,
        "seen": 3,
        "clicked": 1,
        "converted": 1,
        "clicks": 1,
        "impressions": 6,
        "dismissals": 1,
        "revenue": 0,
        "dwell": 80,
    }


def test_lists_of_another_arm_or_none_are_not_counted(experiment, show):
    show(0, 0, clicked=1)
    show(1, 1, clicked=1)
    show(2, None, clicked=1)
    assert sums(experiment, 0)["lists"] == sums(experiment, 1)["lists"] == 1


def test_what_somebody_clicked_before_is_known_of_them(experiment, show):
    earlier = experiment.started_at - timedelta(days=1)
    show(0, None, clicked=1, at=earlier)
    show(0, None, at=earlier)
    show(0, 0)
    show(1, 1)
    found = outcomes_of(experiment)
    assert found.before.tolist() == [0.5, 0.0]


def test_the_table_says_what_the_rows_say(experiment, show):
    for person in range(20):
        show(person, person % 2, clicked=1 if person % 4 == 0 or person % 2 else None)
    experiment_measure(experiment)
    experiment.refresh_from_db()
    row = next(row for row in experiment.results["rows"] if row["metric"] == "ctr")
    assert (row["baseline"], row["variant"]) == (0.5, 1.0)
    assert (row["numerators"], row["denominators"]) == ([5.0, 10.0], [10.0, 10.0])
    assert row["significant"] and row["chance"] > 0.95
    assert experiment.results["persons"] == [10, 10]
    assert experiment.results["split"]["mismatch"] is False


def segment_of(world, slug: str, persons: range) -> None:
    members = item_sets.pack([world.persons[n].pk for n in persons])
    Segment.objects.create(storefront=world.storefront, slug=slug, name=slug.title(), members=members, counted_at=NOW)


def clicks_of(results: dict) -> dict[str, dict]:
    return {row["segment"]: row for row in results["segments"]["rows"] if row["metric"] == "ctr"}


def test_each_segment_is_compared_within_itself(world, experiment, show):
    segment_of(world, "first", range(10))
    segment_of(world, "second", range(10, 20))
    Segment.objects.create(storefront=world.storefront, slug="never-counted", name="Never counted")
    for person in range(20):
        show(person, person % 2, clicked=1 if (person < 10 and person % 2) or person == 10 else None)
    experiment_measure(experiment)
    experiment.refresh_from_db()
    found = clicks_of(experiment.results)
    assert experiment.results["segments"]["count"] == 2
    assert (found["First"]["baseline"], found["First"]["variant"], found["First"]["persons"]) == (0.0, 1.0, [5, 5])
    assert (found["Second"]["baseline"], found["Second"]["variant"]) == (0.2, 0.0)


def test_the_error_is_shared_among_segments(world, experiment, show):
    segment_of(world, "a", range(40))
    for person in range(40):
        show(person, person % 2, clicked=1 if person % 4 < 1 + person % 2 else None)
        show(person, person % 2, clicked=1 if person % 8 < 3 else None)

    def width() -> float:
        experiment_measure(experiment)
        row = clicks_of(experiment.results)["A"]
        return row["high"] - row["low"]

    alone = width()
    everybody = next(row for row in experiment.results["rows"] if row["metric"] == "ctr")
    assert alone == pytest.approx(everybody["high"] - everybody["low"])
    segment_of(world, "b", range(20))
    # Of a normal distribution: 2.2414 in place of 1.9600 standard errors.
    assert width() / alone == pytest.approx(2.2414 / 1.9600, rel=1e-3)


def test_a_broken_split_is_caught(experiment, show):
    for person in range(40):
        show(person, 0 if person < 36 else 1)
    experiment_measure(experiment)
    assert experiment.results["split"]["mismatch"] is True


def test_a_guardrail_that_is_broken_is_said_to_be(experiment, show):
    for person in range(40):
        show(person, person % 2, hidden=1)
        show(person, person % 2, hidden=1 if person % 2 or person < 4 else None)
    experiment_measure(experiment)
    [guardrail] = experiment.results["guardrails"]
    assert (guardrail["metric"], guardrail["said"]) == ("dismissals", "broken")


def test_an_experiment_that_nobody_saw_has_an_empty_table(experiment):
    experiment_measure(experiment)
    assert experiment.results["rows"] == []
    assert experiment.measured_at is not None


def test_a_bandit_moves_its_shares_to_what_is_clicked(experiment, show):
    Experiment.objects.filter(pk=experiment.pk).update(allocation="bandit")
    for person in range(40):
        show(person, person % 2, clicked=1 if person % 2 else None)
    experiments_measure(storefront_id=experiment.storefront_id)
    shares = dict(experiment.arms.values_list("number", "share"))
    assert shares[1] > 0.9 and shares[0] >= 0.05 - 1e-9
    kept = Allocation.objects.get()
    assert kept.best[1] > 0.99 and kept.regret > 10
    experiment.refresh_from_db()
    assert experiment.results["split"] == {}


def test_a_stopped_bandit_is_left_alone(experiment, show):
    Experiment.objects.filter(pk=experiment.pk).update(allocation="bandit", status="stopped")
    show(0, 0, clicked=1)
    assert experiments_measure(storefront_id=experiment.storefront_id) == 0


def test_another_storefronts_lists_are_not_measured(experiment, shop):
    assert experiments_measure(storefront_id=shop.pk) == 0


def test_a_slots_report_stands_beside_what_was_earned(world, experiment, show):
    slot = Exploration.objects.create(storefront=world.storefront, placement="home", share=0.5, position=0)
    own, other = world.items[0].pk, world.items[1].pk
    for person in range(40):
        drawn = person % 4 == 0
        kept = {
            "slot": slot.pk,
            "position": 0,
            "item": other if drawn else own,
            "propensity": 0.25 if drawn else 0.75,
            "model": own,
            "pool": [own, other],
            "drawn": drawn,
        }
        show(person, None, clicked=1 if drawn or person % 2 else None, exploration=kept)
    report = slot_report(slot)
    assert (report["lists"], report["explored"], report["items"]) == (40, 10, 2)
    assert report["online"]["value"] == pytest.approx(30 / 40)
    assert report["online_model"]["value"] == pytest.approx(20 / 30)
    assert report["policies"]["model"]["ips"] == pytest.approx(20 / 0.75 / 40)
    assert report["policies"]["model"]["snips"] == pytest.approx(20 / 30)
    assert report["policies"]["chance"]["snips"] == pytest.approx((10 * 2 + 20 / 1.5) / (10 * 2 + 30 / 1.5))
