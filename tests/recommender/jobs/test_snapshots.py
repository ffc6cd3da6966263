"""Nobody who is erased while something is trained lives on in what is published."""

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from behaviour.models import Person, PrivacyRequest
from behaviour.services import consents_give, person_erase, person_get_or_create, person_object
from catalog.models import Storefront
from recommender.admin.receipt_words import models_said
from recommender.jobs import training_run_execute
from recommender.jobs.snapshots import ErasedMeanwhile, Snapshot
from recommender.language import task as tasks
from recommender.models import Artifact, Deployment, Schedule, TrainingRun
from recommender.registry import algorithms
from recommender.services import language_run_create, training_run_create, training_run_resume
from recommender.services.retraining import retrainings_queue

from .slow_task import STEPS

Status = TrainingRun.Status


@pytest.fixture
def no_embedding(monkeypatch):
    from recommender.jobs import training

    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)


@pytest.fixture
def run(world, no_embedding):
    return training_run_create(storefront=world.storefront, algorithm="ease", enqueue=False)


@pytest.fixture
def live(world, no_embedding):
    return training_run_execute(
        training_run_create(storefront=world.storefront, algorithm="ease", activate=True, enqueue=False).pk
    )


def during_the_fit(act, at="fit"):
    """An echo that acts once, when the data is read and the fit has begun."""
    done = []

    def echo(stage, fraction):
        if stage.startswith(at) and not done:
            done.append(act())

    return echo


def receipt(request: PrivacyRequest) -> dict:
    return next(one for one in request.receipts if one["store"] == "models")


def folders() -> list:
    home = settings.VAR_DIR / "artifacts" / "cinema"
    return [path.name for path in home.iterdir()] if home.exists() else []


def test_what_was_learned_from_somebody_who_is_erased_meanwhile_is_not_published(run, world, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    someone = world.persons[0]
    assert training_run_execute(run.pk, echo=during_the_fit(lambda: person_erase(person=someone))) is None
    run.refresh_from_db()
    assert run.status == Status.FAILED
    assert "was erased while it was at work" in run.error
    assert "Start it again" in run.error
    assert not Artifact.objects.exists()
    assert folders() == []


def test_what_was_learned_from_somebody_who_objects_meanwhile_is_not_published(run, world, settings, tmp_path):
    settings.VAR_DIR = tmp_path

    def objects():
        person_object(person=world.persons[0], purposes=["training"], came="letter")

    assert training_run_execute(run.pk, echo=during_the_fit(objects)) is None
    run.refresh_from_db()
    assert (run.status, Artifact.objects.exists(), folders()) == (Status.FAILED, False, [])
    assert "objected to training while it was at work" in run.error
    training_run_resume(run=run)
    assert training_run_execute(run.pk).manifest["data"]["persons"] == 39


@pytest.mark.parametrize("purposes", [["personalisation"], ["training", "and changes their mind"]])
def test_who_still_allows_training_does_not_disturb_it(run, world, settings, tmp_path, purposes):
    settings.VAR_DIR = tmp_path

    def speaks():
        person = person_object(person=world.persons[0], purposes=purposes[:1], came="letter")
        if len(purposes) > 1:
            consents_give(person=person, answers={"training": True}, version="1")

    assert training_run_execute(run.pk, echo=during_the_fit(speaks)) is not None


def test_who_objects_without_having_been_read_does_not_disturb_it(run, world, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    new = person_get_or_create(storefront=world.storefront, external_id="new")
    objects = during_the_fit(lambda: person_object(person=new, purposes=["training"], came="letter"))
    assert training_run_execute(run.pk, echo=objects) is not None


def test_a_language_run_publishes_nothing_of_who_objects(world, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    someone = world.persons[0]
    snapshot = Snapshot(world.storefront, timezone.now(), subjects=[str(someone.subject_key)])
    snapshot.keep_beside(tmp_path / "checkpoints")
    person_object(person=someone, purposes=["training"], came="letter")
    with pytest.raises(ErasedMeanwhile, match="objected"), transaction.atomic():
        snapshot.check()
    (tmp_path / "checkpoints" / "step.bin").write_bytes(b"weights")
    Snapshot(world.storefront, timezone.now()).keep_beside(tmp_path / "checkpoints")
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["subjects.json"]


def test_started_again_it_learns_without_them(run, world, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    training_run_execute(run.pk, echo=during_the_fit(lambda: person_erase(person=world.persons[0])))
    training_run_resume(run=run)
    artifact = training_run_execute(run.pk)
    assert artifact.manifest["data"]["persons"] == 39


def test_a_language_run_publishes_nothing_of_them_and_does_not_go_on_from_its_checkpoint(
    world, settings, tmp_path, monkeypatch
):
    settings.VAR_DIR = tmp_path
    monkeypatch.setitem(tasks.BUILT_IN, "slow", "tests.recommender.jobs.slow_task:SlowTask")
    run = language_run_create(storefront=world.storefront, task="slow", enqueue=False)
    erase = during_the_fit(lambda: person_erase(person=world.persons[0]), "learn")
    assert training_run_execute(run.pk, echo=erase) is None
    run.refresh_from_db()
    assert "was erased while it was at work" in run.error
    assert folders() == []
    assert not (tmp_path / "checkpoints" / str(run.pk)).exists()
    training_run_resume(run=run)
    assert training_run_execute(run.pk).manifest["corpus"]["persons"] == 39


@pytest.mark.parametrize("erased", [True, False])
def test_a_run_that_was_stopped_begins_anew_where_somebody_was_erased_since(
    world, settings, tmp_path, monkeypatch, erased
):
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("recommender.jobs.ledger.REPORT_EVERY", 0.0)
    monkeypatch.setitem(tasks.BUILT_IN, "slow", "tests.recommender.jobs.slow_task:SlowTask")
    run = language_run_create(storefront=world.storefront, task="slow", enqueue=False)

    def stop(stage, fraction):
        if fraction > 0.5:
            TrainingRun.objects.filter(pk=run.pk).update(cancel_requested=True)

    training_run_execute(run.pk, echo=stop)
    stranger = person_get_or_create(storefront=world.storefront, external_id="new")
    person_erase(person=world.persons[0] if erased else stranger)
    training_run_resume(run=run)
    steps = training_run_execute(run.pk).manifest["figures"]["steps_here"]
    assert steps == STEPS if erased else 0 < steps < STEPS


def test_somebody_whom_it_had_not_read_does_not_disturb_it(run, world):
    def erase_a_newcomer():
        person_erase(person=person_get_or_create(storefront=world.storefront, external_id="new"))

    assert training_run_execute(run.pk, echo=during_the_fit(erase_a_newcomer)) is not None


def test_who_was_erased_in_another_storefront_does_not_disturb_it(run, shop):
    def erase_elsewhere():
        person_erase(person=person_get_or_create(storefront=shop, external_id="person-0"))

    assert training_run_execute(run.pk, echo=during_the_fit(erase_elsewhere)) is not None


@pytest.mark.parametrize("slug", sorted(algorithms()))
def test_no_algorithm_keeps_a_row_of_a_person(world, no_embedding, slug, settings, tmp_path):
    """What the receipt says: weights over items. 37 is a size that nothing else here has."""
    import numpy as np

    settings.VAR_DIR = tmp_path
    Person.objects.filter(pk__in=[person.pk for person in world.persons[37:]]).delete()
    run = training_run_create(storefront=world.storefront, algorithm=slug, enqueue=False)
    artifact = training_run_execute(run.pk)
    run.refresh_from_db()
    assert artifact is not None, run.error
    for path in artifact.path.rglob("arrays.npz"):
        with np.load(path) as arrays:
            assert not [name for name in arrays.files if 37 in arrays[name].shape], path


def test_the_receipt_names_the_models_that_may_have_learned_from_the_person(live, world, run):
    before_them = person_get_or_create(storefront=world.storefront, external_id="new")
    assert receipt(person_erase(person=before_them))["outcome"] == "nothing"
    TrainingRun.objects.filter(pk=run.pk).update(status=Status.RUNNING)
    request = person_erase(person=world.persons[0])
    assert receipt(request)["facts"] == {"artifacts": [live.pk], "runs": [run.pk]}
    said = models_said(request, receipt(request))
    assert "no row of a person" in said.words
    assert "publishes nothing" in said.words
    assert "queued within a day" in said.to_do


def test_an_objection_to_training_names_them_and_one_to_lists_does_not(live, world):
    person_object(person=world.persons[0], purposes=["training"], came="letter")
    person_object(person=world.persons[1], purposes=["personalisation"], came="letter")
    stores = [[one["store"] for one in row.receipts] for row in PrivacyRequest.objects.order_by("pk")]
    assert stores == [["database", "models"], ["database"]]


def test_a_live_model_that_learned_from_the_erased_is_trained_anew_once(live, world):
    Storefront.objects.update(settings={"gates": {"ndcg_drop": None, "coverage": None, "p95_ms": None}})
    assert retrainings_queue(storefront_id=world.storefront.pk) == []
    request = person_erase(person=world.persons[0])
    [queued] = retrainings_queue(storefront_id=world.storefront.pk)
    assert (queued.algorithm, queued.config, queued.activate) == ("ease", live.manifest["config"], True)
    assert f"run #{queued.pk} trains it anew" in models_said(request, receipt(request)).to_do
    assert retrainings_queue(storefront_id=world.storefront.pk) == []
    artifact = training_run_execute(queued.pk)
    assert Deployment.objects.get(active=True).artifact == artifact
    assert retrainings_queue(storefront_id=world.storefront.pk) == [], "the new one learned without them"
    assert models_said(request, receipt(request)).outcome == "retired"


def test_one_that_the_gates_hold_back_waits_and_the_receipt_says_so(live, world):
    Storefront.objects.update(settings={"gates": {"coverage": 1.0}})
    request = person_erase(person=world.persons[0])
    [queued] = retrainings_queue(storefront_id=world.storefront.pk)
    training_run_execute(queued.pk)
    assert Deployment.objects.get(active=True).artifact == live
    assert "waits in the registry" in models_said(request, receipt(request)).to_do
    assert retrainings_queue(storefront_id=world.storefront.pk) == [], "not again every day"


def test_a_schedule_that_does_so_anyway_is_left_to_it(live, world):
    Schedule.objects.create(storefront=world.storefront, what="retrain", algorithm="ease", every_hours=24, promote=True)
    request = person_erase(person=world.persons[0])
    assert retrainings_queue(storefront_id=world.storefront.pk) == []
    assert "by its schedule" in models_said(request, receipt(request)).to_do


def test_an_operator_may_turn_that_off(live, world, settings):
    settings.PRIVACY_RETRAIN = False
    person_erase(person=world.persons[0])
    assert retrainings_queue(storefront_id=world.storefront.pk) == []
