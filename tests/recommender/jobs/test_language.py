"""A language task is a run like any other: done once, resumable, and it leaves an artifact."""

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from recommender.artifacts import verify
from recommender.jobs import checkpoints_forget, runs_recover, training_run_execute
from recommender.language import task as tasks
from recommender.models import Artifact, LanguageDeployment, TrainingRun
from recommender.services import (
    ServiceError,
    artifact_activate,
    language_activate,
    language_rollback,
    language_run_create,
    training_run_cancel,
    training_run_resume,
)

from .slow_task import STEPS

Status = TrainingRun.Status


@pytest.fixture(autouse=True)
def slow(monkeypatch, settings, tmp_path):
    monkeypatch.setitem(tasks.BUILT_IN, "slow", "tests.recommender.jobs.slow_task:SlowTask")
    settings.VAR_DIR = tmp_path


@pytest.fixture
def run(world):
    return language_run_create(storefront=world.storefront, task="slow", enqueue=False)


def test_a_run_leaves_an_artifact_with_what_it_measured(run, settings):
    artifact = training_run_execute(run.pk)
    run.refresh_from_db()
    assert run.status == Status.FINISHED, run.log
    assert (artifact.product, artifact.algorithm) == ("keywords", "slow")
    manifest = verify(artifact.path)
    assert manifest["figures"]["steps_here"] == STEPS
    assert manifest["corpus"] == {
        "items": 20,
        "persons": 40,
        "events": 240,
        "language": "en",
        "from": "2026-10-12T00:00:00+00:00",
        "until": "2026-10-17T00:00:00+00:00",
    }
    assert not (settings.VAR_DIR / "checkpoints" / str(run.pk)).exists()


def test_the_curve_of_a_run_is_kept(run, monkeypatch):
    from recommender.jobs import ledger

    monkeypatch.setattr(ledger, "REPORT_EVERY", 0.0)
    training_run_execute(run.pk)
    run.refresh_from_db()
    assert len(run.curves) >= STEPS - 1
    assert {"progress", "loss"} <= set(run.curves[3])


def test_the_curve_of_a_run_that_begins_again_does_not_run_backwards(run, monkeypatch):
    from recommender.jobs import ledger

    monkeypatch.setattr(ledger, "REPORT_EVERY", 0.0)
    TrainingRun.objects.update(curves=[{"progress": 0.01, "loss": 9.0}, {"progress": 0.99, "loss": 1.0}])
    training_run_execute(run.pk)
    run.refresh_from_db()
    places = [point["progress"] for point in run.curves]
    assert places == sorted(places)
    assert run.curves[0]["loss"] == 9.0


def test_a_long_curve_is_thinned_out(run, monkeypatch):
    from recommender.jobs import ledger

    monkeypatch.setattr(ledger, "REPORT_EVERY", 0.0)
    monkeypatch.setattr(ledger, "POINTS", 4)
    training_run_execute(run.pk)
    run.refresh_from_db()
    assert 0 < len(run.curves) <= 4


def test_settings_that_the_task_does_not_know_fail_the_run_with_a_sentence(world):
    run = language_run_create(storefront=world.storefront, task="slow", config={"speed": 3}, enqueue=False)
    assert training_run_execute(run.pk) is None
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "slow has no setting speed" in run.error


def test_a_storefront_without_behaviours_says_what_is_missing(shop):
    run = language_run_create(storefront=shop, task="slow", enqueue=False)
    training_run_execute(run.pk)
    run.refresh_from_db()
    assert "0 items and 0 persons" in run.error


def test_an_unknown_task_is_refused(world):
    with pytest.raises(ServiceError, match="No language task named 'knit'"):
        language_run_create(storefront=world.storefront, task="knit", enqueue=False)


def test_a_stopped_run_goes_on_where_it_was(run, monkeypatch, settings):
    from recommender.jobs import ledger

    monkeypatch.setattr(ledger, "REPORT_EVERY", 0.0)

    def stop(stage, fraction):
        if fraction > 0.5:
            TrainingRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    training_run_execute(run.pk, echo=stop)
    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert (settings.VAR_DIR / "checkpoints" / str(run.pk)).exists()
    training_run_resume(run=run)
    artifact = training_run_execute(run.pk)
    assert 0 < artifact.manifest["figures"]["steps_here"] < STEPS


def test_a_finished_run_is_not_resumed(run):
    training_run_execute(run.pk)
    with pytest.raises(ServiceError, match="nothing to resume"):
        training_run_resume(run=TrainingRun.objects.get(pk=run.pk))


def test_a_run_whose_worker_was_killed_is_resumed_from_its_checkpoint(tmp_path):
    """A real process, killed with SIGKILL in the middle of the training, and a second one that takes over."""
    script = textwrap.dedent("""
        import sys, json, django
        django.setup()
        from django.core.management import call_command
        from recommender.language import task
        task.BUILT_IN["slow"] = "tests.recommender.jobs.slow_task:SlowTask"
        from recommender.jobs import runs_recover, training_run_execute
        from recommender.models import TrainingRun
        if sys.argv[1] == "first":
            call_command("migrate", verbosity=0)
            from behaviour.models import Behaviour, Person
            from catalog.models import Item, Storefront
            from django.utils import timezone
            from recommender.services import language_run_create
            shop = Storefront.objects.create(slug="films", name="Films", vertical="video")
            item = Item.objects.create(storefront=shop, external_id="a", title="Alien")
            person = Person.objects.create(storefront=shop, external_id="p")
            Behaviour.objects.create(storefront=shop, person=person, item=item, kind="like",
                                     occurred_at=timezone.now(), event_id="1")
            run = language_run_create(storefront=shop, task="slow", config={"wait": 0.4}, enqueue=False)
            training_run_execute(run.pk)
        else:
            from datetime import timedelta
            from django.utils import timezone
            # What a minute's silence does.
            TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=2))
            (again,) = runs_recover()
            artifact = training_run_execute(again)
            run = TrainingRun.objects.get()
            print(json.dumps({"figures": artifact.manifest["figures"], "attempt": run.attempt, "status": run.status}))
    """)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(tmp_path),
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "OMP_NUM_THREADS": "1",
    }
    first = subprocess.Popen([sys.executable, "-c", script, "first"], env=environment, stderr=subprocess.DEVNULL)
    checkpoint = tmp_path / "checkpoints" / "1" / "training.pt"
    deadline = time.monotonic() + 240
    while not checkpoint.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(1.0)  # a few steps more
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert checkpoint.exists()
    second = subprocess.run(
        [sys.executable, "-c", script, "second"], env=environment, capture_output=True, text=True, timeout=60
    )
    assert second.returncode == 0, second.stderr
    said = json.loads(second.stdout)
    assert (said["status"], said["attempt"]) == ("finished", 2)
    assert 0 < said["figures"]["steps_here"] < STEPS
    assert said["figures"]["training"]["steps"] == STEPS


def test_checkpoints_that_nobody_goes_on_from_are_removed(world, settings):
    now = timezone.now()
    ends = {
        "finished": now,
        "failed": now - timedelta(days=1),
        "cancelled": now - timedelta(days=30),
        "queued": None,
    }
    runs = {
        status: TrainingRun.objects.create(storefront=world.storefront, task="slow", status=status, finished_at=at)
        for status, at in ends.items()
    }
    for name in [*(str(run.pk) for run in runs.values()), "99999", "notes"]:
        (settings.VAR_DIR / "checkpoints" / name).mkdir(parents=True)
    checkpoints_forget()
    kept = {path.name for path in (settings.VAR_DIR / "checkpoints").iterdir()}
    assert kept == {str(runs["failed"].pk), str(runs["queued"].pk), "notes"}


def test_silent_runs_are_queued_again(run):
    TrainingRun.objects.update(status=Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2), attempt=1)
    assert runs_recover() == [run.pk]


def test_the_sweep_sends_a_silent_run_on_its_way_once(world, run, monkeypatch):
    from recommender import tasks as messages

    sent = []
    monkeypatch.setattr(messages.train, "delay", sent.append)
    waiting = language_run_create(storefront=world.storefront, task="slow", enqueue=False)
    TrainingRun.objects.filter(pk=run.pk).update(
        status=Status.RUNNING, heartbeat_at=timezone.now() - timedelta(minutes=2), attempt=1
    )
    messages.sweep()
    messages.sweep()
    assert sent == [run.pk]
    assert set(TrainingRun.objects.values_list("pk", "status")) == {(run.pk, "queued"), (waiting.pk, "queued")}


def test_a_keyword_writer_goes_live_and_back(world, run):
    first = training_run_execute(run.pk)
    second = training_run_execute(language_run_create(storefront=world.storefront, task="slow", enqueue=False).pk)
    for artifact in (first, second, second):
        language_activate(artifact=artifact)
    assert LanguageDeployment.objects.get(active=True).artifact == second
    assert LanguageDeployment.objects.count() == 2
    language_rollback(storefront=world.storefront, product="keywords")
    assert LanguageDeployment.objects.get(active=True).artifact == first
    language_rollback(storefront=world.storefront, product="keywords")
    assert not LanguageDeployment.objects.filter(active=True).exists()
    with pytest.raises(ServiceError, match="nothing to go back from"):
        language_rollback(storefront=world.storefront, product="keywords")


def test_a_language_model_ranks_nothing(run):
    artifact = training_run_execute(run.pk)
    with pytest.raises(ServiceError, match="ranks nothing"):
        artifact_activate(artifact=artifact)


def test_a_changed_file_does_not_go_live(run):
    artifact = training_run_execute(run.pk)
    Path(artifact.path / "model.safetensors").write_bytes(b"another")
    with pytest.raises(ServiceError, match="sha256"):
        language_activate(artifact=artifact)


def test_a_run_that_waits_can_be_stopped(run):
    training_run_cancel(run=run)
    assert training_run_execute(run.pk) is None


def test_the_command_trains_and_says_what_next(world, capsys, monkeypatch):
    from recommender.management.commands import finetune

    monkeypatch.setattr(finetune, "TASKS", ("slow",))
    call_command("finetune", "cinema", "--task", "slow", "--set", "wait=0")
    out = capsys.readouterr().out
    assert "error" in out
    assert f"manage.py activate {Artifact.objects.get().pk}" in out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--set", "speed=3"], "one of base, wait"),
        (["--set", "wait"], "say NAME=VALUE"),
        (["--set", "wait.x=3"], "one of base, wait"),
        (["--set", "wait=fast"], "wait is a number; 'fast' is not"),
        (["--resume", "99"], "has no run 99"),
    ],
)
def test_the_command_says_what_is_wrong(world, monkeypatch, arguments, says):
    from recommender.management.commands import finetune

    monkeypatch.setattr(finetune, "TASKS", ("slow",))
    with pytest.raises(CommandError, match=says) as caught:
        call_command("finetune", "cinema", "--task", "slow", *arguments)
    assert caught.value.returncode == 2


def test_naming_the_tasks_does_not_load_torch():
    code = (
        "import sys, django; django.setup(); import recommender.services; from recommender.language.task import NAMES;"
        "from recommender.management.commands import finetune; assert NAMES; print('torch' in sys.modules)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    ran = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert ran.stdout.strip() == "False", ran.stderr
