"""A training run is done once, can be stopped, and leaves an artifact or a reason."""

import json
import uuid
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from recommender.artifacts import verify
from recommender.jobs import runs_recover, training_run_execute
from recommender.jobs.ledger import Ledger, LostLease
from recommender.models import Artifact, Deployment, TrainingRun
from recommender.services import ServiceError, training_run_cancel, training_run_create

Status = TrainingRun.Status


@pytest.fixture
def no_embedding(monkeypatch):
    """These tests are about runs; embedding has its own, with the real encoder."""
    from recommender.jobs import training

    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)


@pytest.fixture
def run(world, no_embedding):
    return training_run_create(storefront=world.storefront, algorithm="ease", enqueue=False)


def test_a_run_leaves_an_artifact_with_metrics_beside_popularity(run):
    artifact = training_run_execute(run.pk)
    run.refresh_from_db()
    assert run.status == Status.FINISHED
    assert run.progress == 1
    manifest = verify(artifact.path)
    assert manifest == json.loads((artifact.path / "manifest.json").read_text()) == artifact.manifest
    evaluation = manifest["evaluation"]
    assert evaluation["report"]["metrics"]["ndcg@10"] > evaluation["baseline"]["metrics"]["ndcg@10"]
    assert manifest["data"]["interactions"] == 240
    assert "240 interactions of 40 persons" in run.log


def test_a_message_that_comes_twice_trains_once(run):
    assert training_run_execute(run.pk) is not None
    assert training_run_execute(run.pk) is None
    assert Artifact.objects.count() == 1


def test_a_run_that_was_asked_to_goes_live(world, no_embedding):
    run = training_run_create(storefront=world.storefront, algorithm="ease", activate=True, enqueue=False)
    artifact = training_run_execute(run.pk)
    assert Deployment.objects.get(active=True).artifact == artifact


def test_a_run_without_data_fails_with_a_sentence(shop, no_embedding):
    run = training_run_create(storefront=shop, algorithm="ease", enqueue=False)
    assert training_run_execute(run.pk) is None
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "has no items" in run.error


def test_a_queued_run_is_stopped_at_once(run):
    training_run_cancel(run=run)
    assert run.status == Status.CANCELLED
    assert training_run_execute(run.pk) is None


def test_a_running_run_stops_at_its_next_step(run):
    def stop_in_the_middle(stage, fraction):
        if stage == "fit":
            TrainingRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    assert training_run_execute(run.pk, echo=stop_in_the_middle) is None
    run.refresh_from_db()
    assert run.status == Status.CANCELLED
    assert not Artifact.objects.exists()


def test_an_ended_run_cannot_be_stopped(run):
    training_run_execute(run.pk)
    with pytest.raises(ServiceError, match="has ended already"):
        training_run_cancel(run=run)


def test_a_worker_that_lost_its_lease_writes_nothing(run):
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, lease_token=uuid.uuid4())
    ledger = Ledger(run, uuid.uuid4())
    with pytest.raises(LostLease):
        ledger.log("from the past")
    run.refresh_from_db()
    assert run.log == ""


def test_a_silent_run_goes_back_into_the_queue(run):
    long_ago = timezone.now() - timedelta(minutes=5)
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, heartbeat_at=long_ago, attempt=1)
    assert runs_recover() == [run.pk]
    assert training_run_execute(run.pk) is not None


def test_a_run_that_falls_silent_three_times_fails(run):
    long_ago = timezone.now() - timedelta(minutes=5)
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, heartbeat_at=long_ago, attempt=3)
    assert runs_recover() == []
    run.refresh_from_db()
    assert run.status == Status.FAILED


def test_a_live_run_is_left_alone(run):
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.RUNNING, heartbeat_at=timezone.now(), attempt=1)
    assert runs_recover() == []


def test_the_same_seed_gives_the_same_files(world, no_embedding):
    hashes = []
    for _ in range(2):
        run = training_run_create(storefront=world.storefront, algorithm="ease", seed=7, enqueue=False)
        hashes.append(training_run_execute(run.pk).manifest["files"])
    assert hashes[0] == hashes[1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"algorithm": "eas"}, "No algorithm named 'eas'"),
        ({"algorithm": "ease", "config": {"lamda": 1}}, "ease has no setting lamda"),
        ({"algorithm": "ease", "protocol": "leave-two-out"}, "No protocol named"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_before_it_is_queued(world, wrong, message):
    with pytest.raises(ServiceError, match=message):
        training_run_create(storefront=world.storefront, **wrong)
    assert not TrainingRun.objects.exists()


def test_artifacts_lie_in_the_var_folder(run):
    artifact = training_run_execute(run.pk)
    assert artifact.path.is_relative_to(settings.VAR_DIR / "artifacts" / "cinema")
