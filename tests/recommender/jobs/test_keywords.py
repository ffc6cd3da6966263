"""Keywords of persons: written once, again after they did something, and never of who does not want it."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from behaviour.models import Behaviour, Person
from recommender.artifacts import publish
from recommender.jobs import keywords, training_run_execute
from recommender.language import keyword_writer
from recommender.models import Artifact, PersonKeywords, TrainingRun
from recommender.services import ServiceError, keywords_request, language_activate, training_run_resume

WORDS = ["Drama", "Comedy"]


class EchoWriter:
    """Writes the genres that a history names, as often as it is asked; `read` are the histories."""

    vocabulary = SimpleNamespace(words=WORDS)
    max_tokens = 200
    fingerprint = "echo"

    def __init__(self):
        self.read: list[str] = []

    def count_tokens(self, text):
        return len(text.split())

    def write(self, texts, k):
        self.read += texts
        return [[(word, text.count(word) / 10) for word in WORDS if word in text][:k] for text in texts]


@pytest.fixture(autouse=True)
def writer(monkeypatch, settings, tmp_path) -> EchoWriter:
    settings.VAR_DIR = tmp_path
    made = EchoWriter()
    monkeypatch.setattr(keyword_writer.KeywordWriter, "load", lambda folder, device: made)
    return made


@pytest.fixture
def artifact(world):
    return writer_artifact(world.storefront)


def writer_artifact(storefront, name="writer") -> Artifact:
    folder = Artifact(folder=f"{storefront.slug}/{name}")
    manifest = publish(folder.path, lambda path: (path / "a.json").write_text("{}"), {"config": {"events": 4}})
    return Artifact.objects.create(
        storefront=storefront, product="keywords", algorithm="keywords", folder=folder.folder, manifest=manifest
    )


def write(artifact) -> Artifact | None:
    return training_run_execute(keywords_request(storefront=artifact.storefront, artifact=artifact, enqueue=False).pk)


def test_everybody_gets_keywords_of_what_they_did(world, artifact, writer):
    report = write(artifact)
    found = PersonKeywords.objects.get(person=world.persons[0])
    assert found.keywords == [["Drama", 0.4]]  # of the newest 4 events, as the writer was taught
    assert (found.artifact, found.language) == (artifact, "en")
    assert len(writer.read) == 40
    figures = report.manifest["figures"]
    assert (figures["persons"], figures["persons_with_keywords"], figures["in_vocabulary"]) == (40, 40, 1.0)
    assert report.product == "report"


def test_nobody_is_read_twice_unless_they_did_something(world, artifact, writer):
    write(artifact)
    writer.read.clear()
    write(artifact)
    assert writer.read == []
    Behaviour.objects.create(
        storefront=world.storefront,
        person=world.persons[3],
        item=world.dramas[0],
        kind="watch",
        value=1,
        occurred_at=timezone.now(),
        event_id="new",
    )
    write(artifact)
    assert len(writer.read) == 1


def test_another_writer_writes_anew(world, artifact, writer):
    write(artifact)
    write(writer_artifact(world.storefront, "second"))
    assert len(writer.read) == 80
    assert PersonKeywords.objects.count() == 40


def test_who_refuses_personalisation_has_no_keywords(world, artifact):
    write(artifact)
    Person.objects.filter(pk=world.persons[0].pk).update(consents={"personalisation": False})
    write(artifact)
    assert not PersonKeywords.objects.filter(person=world.persons[0]).exists()
    assert PersonKeywords.objects.count() == 39


def test_a_vertical_that_needs_consent_reads_only_who_gave_it(world, artifact, monkeypatch):
    from recommender import registry

    vertical = registry.vertical("video")
    monkeypatch.setattr(registry, "vertical", lambda slug: replace(vertical, consent_required=True))
    Person.objects.filter(pk=world.persons[0].pk).update(consents={"personalisation": True})
    write(artifact)
    assert [row.person for row in PersonKeywords.objects.all()] == [world.persons[0]]


def test_what_is_sensitive_is_not_read(world, artifact, writer, monkeypatch):
    from recommender import registry

    sensitive = replace(registry.vertical("video"), sensitive_categories=frozenset({"Drama"}))
    monkeypatch.setattr(registry, "vertical", lambda slug: sensitive)
    write(artifact)
    assert not any("Drama" in text for text in writer.read)


def test_an_interrupted_run_goes_on_where_it_was(world, artifact, writer, monkeypatch):
    monkeypatch.setattr(keywords, "BATCH", 10)
    run = keywords_request(storefront=world.storefront, artifact=artifact, enqueue=False)
    original = writer.write

    class Killed(BaseException):
        pass

    def killed(texts, k):
        if len(writer.read) >= 20:
            raise Killed
        return original(texts, k)

    monkeypatch.setattr(writer, "write", killed)
    with pytest.raises(Killed):
        training_run_execute(run.pk)
    assert PersonKeywords.objects.count() == 20
    monkeypatch.setattr(writer, "write", original)
    with pytest.raises(ServiceError, match="is at work, or was less than 30 seconds ago"):
        training_run_resume(run=run)
    TrainingRun.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    training_run_execute(training_run_resume(run=run).pk)
    assert PersonKeywords.objects.count() == 40
    assert len(writer.read) == 40


def test_without_a_live_writer_the_command_says_how_to_train_one(world):
    with pytest.raises(CommandError, match="finetune cinema --task keywords --activate") as caught:
        call_command("generate_keywords", "cinema")
    assert caught.value.returncode == 2


def test_the_command_writes_with_the_live_one_and_says_what_next(world, artifact, capsys):
    language_activate(artifact=artifact)
    call_command("generate_keywords", "cinema")
    out = capsys.readouterr().out
    assert "persons_with_keywords" in out
    assert "manage.py recommend cinema PERSON" in out


def test_another_storefronts_writer_is_refused(world, artifact, shop):
    with pytest.raises(ServiceError, match="no keyword writer of"):
        keywords_request(storefront=shop, artifact=artifact, enqueue=False)
    with pytest.raises(CommandError, match="has no artifact"):
        call_command("generate_keywords", "shop", "--artifact", str(artifact.pk))
