"""Another encoder: new vectors beside the old ones, then one switch, and nothing compared across the two."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from catalog.models import Item
from recommender import selectors
from recommender.artifacts import publish
from recommender.jobs import embedding, encoder_change, items_embed, shards_work, training_run_execute
from recommender.models import Artifact, EmbeddingFailure, EmbeddingShard, ItemVector, LiveEncoder, TrainingRun
from recommender.services import ServiceError, encoder_change_request
from tests.recommender.language.conftest import write_tiny_model

TEXTS = ("red shoe", "green tea", "a film of tea", "red film", "green shoe", "a red tea")


@pytest.fixture(autouse=True)
def light(settings, tmp_path, monkeypatch):
    """Tiny encoders that are exported by name only: the export has tests of its own."""
    settings.VAR_DIR = tmp_path / "var"
    settings.DEVICE = "cpu"
    settings.ENCODER_MODEL = str(write_tiny_model(tmp_path / "first", seed=1))
    monkeypatch.setattr("recommender.language.onnx_export.export", lambda encoder, folder: folder.mkdir(parents=True))
    embedding._prepared.cache_clear()
    yield
    embedding._prepared.cache_clear()


@pytest.fixture
def films(cinema):
    for number, text in enumerate(TEXTS):
        Item.objects.create(storefront=cinema, external_id=f"f{number}", title=text)
    items_embed(cinema.pk)
    return cinema


def encoder_artifact(storefront, seed=2) -> Artifact:
    """An encoder as a fine-tuning leaves it."""
    folder = Artifact(folder=f"{storefront.slug}/encoder-{seed}")
    manifest = publish(folder.path, lambda path: write_tiny_model(path, seed=seed), {"task": "contrastive"})
    return Artifact.objects.create(
        storefront=storefront, product="encoder", algorithm="contrastive", folder=folder.folder, manifest=manifest
    )


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
    with pytest.raises(CommandError, match="no artifact '99'"):
        call_command("embed", "cinema", "--encoder", "99")
