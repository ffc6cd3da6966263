"""Another encoder: new vectors beside the old ones, then one switch, and nothing compared across the two."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender import selectors, serving
from recommender.artifacts import verify
from recommender.jobs import (
    embedding,
    encoder_change,
    items_embed,
    runs_recover,
    shards_work,
    training_run_execute,
)
from recommender.language import task as tasks
from recommender.models import Artifact, EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, TrainingRun
from recommender.services import (
    ServiceError,
    encoder_change_request,
    language_run_create,
    recommend,
    training_run_create,
)
from tests.recommender.language.conftest import write_tiny_model

from .conftest import TEXTS, encoder_artifact

pytestmark = pytest.mark.usefixtures("light")


def live(storefront) -> LiveEncoder:
    return LiveEncoder.objects.get(storefront=storefront)


def change(storefront, artifact, shards=3) -> TrainingRun:
    return encoder_change_request(storefront=storefront, artifact=artifact, shards=shards, enqueue=False)


def test_every_item_has_a_vector_of_the_new_encoder_when_it_goes_live(films):
    before = live(films).fingerprint
    run = change(films, encoder_artifact(films))
    training_run_execute(run.pk)
    run.refresh_from_db()
    assert run.status == "finished", run.log
    now = live(films)
    assert now.fingerprint != before
    vectors = dict(selectors.vectors_of(films, now.fingerprint))
    assert len(vectors) == len(TEXTS)
    assert all(np.linalg.norm(vector) == pytest.approx(1, abs=1e-4) for vector in vectors.values())
    assert [shard.total for shard in run.shards.all()] == [2, 2, 2]
    assert all(shard.done == shard.total and shard.finished_at for shard in run.shards.all())


def test_until_then_the_old_one_serves(films, monkeypatch):
    before = live(films).fingerprint
    seen = []
    original = encoder_change.batch_embed

    def watched(*arguments):
        seen.append(live(films).fingerprint)
        return original(*arguments)

    monkeypatch.setattr(encoder_change, "batch_embed", watched)
    training_run_execute(change(films, encoder_artifact(films)).pk)
    assert set(seen) == {before}


def test_going_back_costs_no_encoding(films, monkeypatch):
    training_run_execute(change(films, encoder_artifact(films)).pk)
    monkeypatch.setattr(embedding, "_embed", lambda *arguments: pytest.fail("nothing is to be read again"))
    training_run_execute(change(films, None).pk)
    assert live(films).artifact is None


def test_vectors_of_the_encoder_before_the_last_are_deleted(films):
    first = live(films).fingerprint
    for seed in (2, 3):
        training_run_execute(change(films, encoder_artifact(films, seed)).pk)
    kept = set(ItemVector.objects.values_list("encoder", flat=True))
    assert len(kept) == 2
    assert first not in kept


def test_an_item_that_comes_in_meanwhile_gets_its_vector_too(films, monkeypatch):
    original = encoder_change.labels_read

    def late(storefront, encoder):
        Item.objects.create(storefront=films, external_id="late", title="red")
        original(storefront, encoder)

    monkeypatch.setattr(encoder_change, "labels_read", late)
    training_run_execute(change(films, encoder_artifact(films)).pk)
    assert len(dict(selectors.vectors_of(films, live(films).fingerprint))) == len(TEXTS) + 1


def test_a_new_item_is_read_by_the_encoder_that_is_live(films):
    training_run_execute(change(films, encoder_artifact(films)).pk)
    item = Item.objects.create(storefront=films, external_id="new", title="green")
    assert items_embed(films.pk) == 1
    assert ItemVector.objects.get(item=item).encoder == live(films).fingerprint


def test_what_was_embedded_before_a_kill_is_kept(films, monkeypatch):
    run = change(films, encoder_artifact(films))

    class Killed(BaseException):
        pass

    original = encoder_change.batch_embed
    calls = []

    def killed(*arguments):
        if len(calls) == 2:
            raise Killed
        calls.append(1)
        return original(*arguments)

    monkeypatch.setattr(encoder_change, "batch_embed", killed)
    with pytest.raises(Killed):
        training_run_execute(run.pk)
    assert live(films).artifact is None
    monkeypatch.setattr(encoder_change, "batch_embed", original)
    long_ago = timezone.now() - timedelta(minutes=5)
    EmbeddingShard.objects.filter(finished_at=None).update(heartbeat_at=long_ago)
    TrainingRun.objects.update(status="queued")
    read = []
    real = embedding._embed
    monkeypatch.setattr(embedding, "_embed", lambda s, e, batch: (read.extend(batch), real(s, e, batch)))
    training_run_execute(run.pk)
    assert live(films).artifact is not None
    assert len(read) == 2  # the third shard alone


def test_other_workers_take_shards_of_a_change_that_is_on(films):
    run = change(films, encoder_artifact(films))
    assert shards_work(run.pk) == 0  # it has not begun
    TrainingRun.objects.update(status="running")
    encoder_change.shards_make(run, 3)
    assert shards_work(run.pk) == 3
    assert shards_work(run.pk) == 0


def test_an_item_that_cannot_be_read_is_listed_and_keeps_nobody_waiting(films, monkeypatch):
    from recommender.language.encoder import Encoder

    original = Encoder.encode

    def encode(self, texts, progress=None):
        if any("poison" in text for text in texts):
            raise RuntimeError("these tokens are out of range")
        return original(self, texts, progress)

    monkeypatch.setattr(Encoder, "encode", encode)
    bad = Item.objects.create(storefront=films, external_id="bad", title="poison")
    Item.objects.create(storefront=films, external_id="good", title="red shoe of tea")
    items_embed(films.pk)
    failure = EmbeddingFailure.objects.get()
    assert (failure.item, failure.attempts) == (bad, 1)
    assert "out of range" in failure.error
    assert failure.next_try_at > timezone.now()
    assert ItemVector.objects.filter(item__external_id="good").exists()
    assert items_embed(films.pk) == 0  # not before its time
    EmbeddingFailure.objects.update(next_try_at=timezone.now())
    items_embed(films.pk)
    failure.refresh_from_db()
    assert failure.attempts == 2
    monkeypatch.setattr(Encoder, "encode", original)
    EmbeddingFailure.objects.update(next_try_at=timezone.now())
    items_embed(films.pk)
    assert not EmbeddingFailure.objects.exists()
    assert ItemVector.objects.filter(item=bad).exists()


def test_after_so_many_attempts_it_is_left_alone(films):
    item = Item.objects.create(storefront=films, external_id="bad", title="red")
    EmbeddingFailure.objects.create(
        storefront=films,
        item=item,
        encoder=live(films).fingerprint,
        error="no",
        attempts=selectors.MOST_ATTEMPTS,
        next_try_at=timezone.now() - timedelta(days=1),
    )
    assert items_embed(films.pk) == 0


def test_only_an_encoder_of_the_storefront_can_be_asked_for(films, shop):
    other = encoder_artifact(shop, seed=4)
    with pytest.raises(ServiceError, match="no text encoder of"):
        change(films, other)
    with pytest.raises(ServiceError, match="between 1 and 64"):
        change(films, None, shards=0)


def test_the_command_exchanges_lists_and_says_what_next(films, capsys):
    artifact = encoder_artifact(films)
    call_command("embed", "cinema", "--encoder", str(artifact.pk), "--shards", "2")
    assert live(films).artifact == artifact
    assert "manage.py train cinema --activate" in capsys.readouterr().out
    call_command("embed", "cinema", "--failed", "--format", "json")
    assert capsys.readouterr().out.strip() == "[]"
    with pytest.raises(CommandError, match="no artifact 99"):
        call_command("embed", "cinema", "--encoder", "99")


def test_a_change_leaves_its_figures(films):
    report = training_run_execute(change(films, encoder_artifact(films)).pk)
    assert (report.product, report.algorithm) == ("report", "embed")
    assert report.manifest["figures"] == {"items": 6, "read": 6, "failed": 0, "shards": 3, "dimensions": 16}
    assert report.manifest["encoder"] == live(films).fingerprint
    assert verify(report.path)


def test_the_figures_say_how_next_items_rank_before_and_after(world):
    items_embed(world.storefront.pk)
    report = training_run_execute(change(world.storefront, encoder_artifact(world.storefront)).pk)
    found = report.manifest["figures"]["next_item"]
    assert found["questions"] == 40
    assert 0 <= found["ndcg@10"] <= 1
    assert 0 <= found["ndcg@10_before"] <= 1


def test_embedding_with_the_live_encoder_keeps_the_way_back(films, capsys):
    first = live(films).fingerprint
    training_run_execute(change(films, encoder_artifact(films)).pk)
    since = live(films).switched_at
    Item.objects.create(storefront=films, external_id="new", title="green")
    call_command("embed", "cinema")
    assert live(films).switched_at == since
    assert ItemVector.objects.filter(encoder=first).exists()
    assert ItemVector.objects.filter(encoder=live(films).fingerprint).count() == len(TEXTS) + 1
    assert "read" in capsys.readouterr().out


def test_an_encoder_that_was_made_elsewhere_is_kept_as_an_artifact(films, tmp_path):
    folder = write_tiny_model(tmp_path / "elsewhere", seed=5)
    for _ in range(2):
        call_command("embed", "cinema", "--encoder", str(folder))
    artifact = Artifact.objects.get(product="encoder")
    assert live(films).artifact == artifact
    assert artifact.manifest["base"]["name"] == str(folder)


def test_a_name_that_is_no_encoder_is_refused(films):
    with pytest.raises(CommandError, match="was not found") as caught:
        call_command("embed", "cinema", "--encoder", "no such thing")
    assert caught.value.returncode == 5


def test_a_model_that_learned_with_the_encoder_before_still_answers(world):
    """Its own vectors are of the old space; what stands in for new items is found in the new one."""
    storefront = world.storefront
    items_embed(storefront.pk)
    run = training_run_create(storefront=storefront, algorithm="content", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None
    before = recommend(storefront=storefront, person=world.persons[0], count=5, record=False)
    wider = write_tiny_model(Path(settings.VAR_DIR) / "wider", seed=9)
    call_command("embed", "cinema", "--encoder", str(wider))
    Item.objects.create(storefront=storefront, external_id="new", title="Drama new", categories=["Drama"])
    items_embed(storefront.pk)
    serving.forget()
    after = recommend(storefront=storefront, person=world.persons[0], count=20, record=False)
    assert (before.fallback, after.fallback, after.algorithm) == ("", "", "content")
    assert [entry.item.pk for entry in after.items if entry.item.external_id != "new"][:5] == [
        entry.item.pk for entry in before.items
    ]
    assert "new" in {entry.item.external_id for entry in after.items}


def test_one_change_at_a_time(films):
    first, second = encoder_artifact(films), encoder_artifact(films, seed=3)
    run = change(films, first)
    assert change(films, first) == run
    with pytest.raises(ServiceError, match=f"Run {run.pk} gives the items of cinema their vectors already"):
        change(films, second)
    TrainingRun.objects.update(status="running", heartbeat_at=timezone.now())
    with pytest.raises(ServiceError, match="already"):
        change(films, first)


def test_a_change_whose_worker_is_gone_gives_way_and_does_not_come_back(films):
    given_up = change(films, encoder_artifact(films))
    TrainingRun.objects.update(status="running", heartbeat_at=timezone.now() - timedelta(minutes=2))
    wanted = encoder_artifact(films, seed=3)
    training_run_execute(change(films, wanted).pk)
    given_up.refresh_from_db()
    assert given_up.status == "cancelled"
    assert runs_recover() == []
    assert live(films).artifact == wanted


def test_an_encoder_that_cannot_go_live_yet_is_kept(films, monkeypatch):
    """Its training took hours; that another change is under way must not undo it."""
    monkeypatch.setitem(tasks.BUILT_IN, "slow", "tests.recommender.jobs.slow_task:SlowTask")
    monkeypatch.setattr("tests.recommender.jobs.slow_task.SlowTask.product", "encoder")
    person = Person.objects.create(storefront=films, external_id="p")
    fields = {"kind": "like", "occurred_at": timezone.now(), "event_id": "1"}
    Behaviour.objects.create(storefront=films, person=person, item=Item.objects.first(), **fields)
    change(films, encoder_artifact(films))
    run = language_run_create(storefront=films, task="slow", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None
    run.refresh_from_db()
    assert run.status == "finished"
    assert "It is not live: Run" in run.log
