"""Work by the clock: started once, settled once, taken up again after a crash, live only through the gates."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from catalog.models import Answer, ApiKey
from recommender.artifacts import publish
from recommender.jobs import schedules as starting
from recommender.jobs.scheduled_work import schedule_work
from recommender.jobs.schedules import LEASE, MOST_ATTEMPTS, schedule_start, schedules_run
from recommender.models import Alert, AlertRule, Artifact, AuditEntry, Deployment, Schedule, TrainingRun
from recommender.services import artifact_activate

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
State, What = Schedule.State, Schedule.What


@pytest.fixture(autouse=True)
def sent(monkeypatch):
    """The messages that a worker would get: [(task, arguments), …]."""
    messages = []

    class Task:
        def __init__(self, name, args):
            self.told = (name, args)

        def delay(self):
            messages.append(self.told)

        def apply_async(self, **options):
            messages.append(self.told)

    monkeypatch.setattr("celery.current_app.signature", lambda name, args: Task(name, args), raising=False)
    return messages


def schedule(storefront, what=What.CLEAN, **values) -> Schedule:
    given = {"every_hours": 24, "next_run_at": NOW - timedelta(minutes=1)} | values
    return Schedule.objects.create(storefront=storefront, what=what, **given)


def artifact(storefront, run, settings, figure=0.09, name="first") -> Artifact:
    report = {"algorithm": "ease", "metrics": {"ndcg@10": figure, "coverage@10": 0.3}}
    manifest = {"algorithm": "ease", "evaluation": {"split": "8ac1", "report": report}, "serving": {"p95_ms": 3.0}}
    folder = f"{storefront.slug}/{name}"
    whole = publish(settings.VAR_DIR / "artifacts" / folder, lambda f: (f / "a.json").write_text("{}"), manifest)
    return Artifact.objects.create(storefront=storefront, run=run, algorithm="ease", folder=folder, manifest=whole)


@pytest.fixture
def trained(cinema, settings, tmp_path):
    """A schedule whose run made a model of this NDCG@10."""
    settings.VAR_DIR = tmp_path

    def made(figure=0.09, promote=True) -> Schedule:
        row = schedule(cinema, What.RETRAIN, algorithm="ease", promote=promote)
        schedules_run(now=NOW)
        TrainingRun.objects.update(status="finished", finished_at=NOW)
        artifact(cinema, TrainingRun.objects.get(), settings, figure)
        schedules_run(now=NOW)
        row.refresh_from_db()
        return row

    return made


def test_what_is_due_starts_once_and_what_is_not_due_or_off_waits(cinema, sent, django_capture_on_commit_callbacks):
    row = schedule(cinema)
    schedule(cinema, next_run_at=NOW + timedelta(minutes=1))
    schedule(cinema, active=False)
    with django_capture_on_commit_callbacks(execute=True):
        assert schedules_run(now=NOW) == 1
        assert schedules_run(now=NOW + timedelta(minutes=1)) == 1  # the second, whose time has come
    row.refresh_from_db()
    assert (row.state, row.next_run_at) == (State.RUNNING, NOW + timedelta(hours=24))
    assert [task for task, _args in sent] == ["recommender.tasks.work_on_schedule"] * 2


def test_of_two_workers_that_saw_it_due_one_starts_it(cinema):
    row = schedule(cinema, What.RETRAIN, algorithm="ease")
    first, second = (Schedule.objects.select_related("storefront").get(pk=row.pk) for _ in range(2))
    assert [schedule_start(schedule=one, now=NOW) for one in (first, second)] == [True, False]
    assert TrainingRun.objects.count() == 1


def test_what_still_runs_when_it_is_due_again_is_not_started_a_second_time(cinema):
    schedule(cinema, What.RETRAIN, algorithm="ease", every_hours=1)
    assert schedules_run(now=NOW) == 1
    assert schedules_run(now=NOW + timedelta(hours=2)) == 0
    assert TrainingRun.objects.count() == 1


def test_a_crash_between_the_claim_and_the_run_leaves_neither(cinema, monkeypatch):
    row = schedule(cinema, What.RETRAIN, algorithm="ease")
    monkeypatch.setattr(starting, "training_run_create", lambda **_: (_ for _ in ()).throw(MemoryError()))
    with pytest.raises(MemoryError):
        schedules_run(now=NOW)
    row.refresh_from_db()
    assert (row.state, row.run, row.next_run_at) == (State.NEVER, None, NOW - timedelta(minutes=1))


@pytest.mark.parametrize(
    ("values", "due"),
    [
        ({"every_hours": 6}, NOW + timedelta(hours=6)),
        ({"daily_at": time(10, 30), "every_hours": None}, NOW + timedelta(minutes=30)),
        ({"daily_at": time(10, 0), "every_hours": None}, NOW + timedelta(days=1)),
    ],
)
def test_the_next_run_follows_the_rhythm(cinema, values, due):
    assert schedule(cinema, **values).after(NOW) == due


def test_the_database_refuses_two_rhythms_and_none(cinema):
    for values in ({"every_hours": None}, {"daily_at": time(1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            schedule(cinema, **values)


def test_a_trained_model_that_passes_the_gates_goes_live_with_a_reason(trained):
    row = trained()
    live = Deployment.objects.get(active=True)
    assert (row.state, live.artifact.run, live.reason) == (
        State.DONE,
        row.run,
        f"Schedule {row.pk}, through the gates.",
    )
    assert AuditEntry.objects.filter(action="promote").count() == 1


def test_a_trained_model_that_fails_a_gate_is_held_back(cinema, settings, tmp_path, trained):
    settings.VAR_DIR = tmp_path
    champion = artifact(cinema, None, settings, figure=0.12, name="champion")
    artifact_activate(artifact=champion)
    row = trained(figure=0.09)
    assert row.state == State.HELD
    assert "NDCG@10" in row.said
    assert Deployment.objects.get(active=True).artifact == champion


def test_without_the_wish_a_trained_model_waits(trained):
    row = trained(promote=False)
    assert row.state == State.DONE
    assert not Deployment.objects.exists()


def test_settling_twice_puts_live_once(trained):
    trained()
    schedules_run(now=NOW)
    assert Deployment.objects.count() == 1


def test_a_failed_run_is_a_failed_outcome_that_says_why(cinema):
    row = schedule(cinema, What.RETRAIN, algorithm="ease")
    schedules_run(now=NOW)
    TrainingRun.objects.update(status="failed", error="No data.", finished_at=NOW)
    schedules_run(now=NOW)
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "No data." in row.said


def test_training_without_an_algorithm_or_a_live_model_says_what_to_do(cinema):
    row = schedule(cinema, What.RETRAIN)
    schedules_run(now=NOW)
    row.refresh_from_db()
    assert row.state == State.FAILED
    assert "Name one" in row.said


def started(storefront, what=What.CLEAN) -> Schedule:
    row = schedule(storefront, what, next_run_at=timezone.now())
    schedules_run()
    row.refresh_from_db()
    return row


def test_cleaning_deletes_what_is_old_and_of_this_storefront_alone(cinema, shop, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    old = timezone.now() - timedelta(days=100)
    for storefront in (cinema, shop):
        rule = AlertRule.objects.create(
            storefront=storefront, kind="lag", threshold=5, channel="email", target="a@b.cc"
        )
        for closed in (old, timezone.now(), None):
            Alert.objects.create(storefront=storefront, rule=rule, closed_at=closed)
        key = ApiKey.objects.create(storefront=storefront, name="k", prefix=storefront.slug, digest=storefront.slug)
        answer = Answer.objects.create(key=key, name="a", digest="f")
        Answer.objects.filter(pk=answer.pk).update(created_at=old)
    row = started(cinema)
    assert schedule_work(row.pk, str(row.lease_token))
    row.refresh_from_db()
    assert (row.state, row.said) == (State.DONE, "2 old rows and 0 folders of checkpoints were deleted.")
    assert (Alert.objects.filter(storefront=cinema).count(), Alert.objects.filter(storefront=shop).count()) == (2, 3)
    assert Answer.objects.get().key.storefront == shop


def test_a_message_that_comes_twice_does_the_work_once(cinema, monkeypatch):
    row = started(cinema)
    done = []
    monkeypatch.setitem(schedule_work.__globals__["_WORK"], What.CLEAN, lambda one: done.append(one) or "done")
    assert [schedule_work(row.pk, str(row.lease_token)) for _ in range(2)] == [True, False]
    assert len(done) == 1


def test_work_that_raises_is_a_failed_outcome(cinema, monkeypatch):
    row = started(cinema)

    def broken(_schedule):
        raise OSError("The disk is full.")

    monkeypatch.setitem(schedule_work.__globals__["_WORK"], What.CLEAN, broken)
    schedule_work(row.pk, str(row.lease_token))
    row.refresh_from_db()
    assert (row.state, row.said) == (State.FAILED, "The disk is full.")


def test_work_whose_worker_died_is_given_to_another_and_the_dead_one_writes_nothing(cinema):
    row = started(cinema)
    before = row.lease_token
    Schedule.objects.update(heartbeat_at=timezone.now() - 2 * LEASE, attempts=1)
    schedules_run()
    row.refresh_from_db()
    assert row.lease_token != before
    assert not schedule_work(row.pk, str(before))
    assert schedule_work(row.pk, str(row.lease_token))


def test_work_that_kills_every_worker_is_given_up(cinema):
    row = started(cinema)
    Schedule.objects.update(heartbeat_at=timezone.now() - 2 * LEASE, attempts=MOST_ATTEMPTS)
    schedules_run()
    row.refresh_from_db()
    assert (row.state, row.said) == (State.FAILED, "The worker fell silent 3 times.")


def test_a_schedule_evaluates_beside_popularity(world):
    row = schedule(world.storefront, What.EVALUATE, algorithm="popularity", next_run_at=timezone.now())
    schedules_run()
    row.refresh_from_db()
    assert schedule_work(row.pk, str(row.lease_token))
    row.refresh_from_db()
    assert row.state == State.DONE
    assert "popularity 0." in row.said


def test_a_schedule_embeds_what_has_no_vector(films):
    from catalog.models import Item
    from recommender.models import ItemVector

    Item.objects.create(storefront=films, external_id="late", title="green film")
    row = started(films, What.EMBED)
    schedule_work(row.pk, str(row.lease_token))
    row.refresh_from_db()
    assert (row.state, row.said) == (State.DONE, "1 item was given a vector.")
    assert ItemVector.objects.filter(item__external_id="late").exists()
