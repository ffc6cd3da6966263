"""What goes live of language models is in the audit log, and two who do it at once do not meet an error page."""

import pytest

from behaviour.models import Account
from recommender.artifacts import publish
from recommender.models import Artifact, AuditEntry, LanguageDeployment, TrainingRun
from recommender.services import ServiceError, encoder_change_request, language_activate, language_rollback


@pytest.fixture
def model_of(cinema, settings, tmp_path):
    settings.VAR_DIR = tmp_path

    def made(name: str, product: str = "interest") -> Artifact:
        manifest = publish(tmp_path / "artifacts" / name, lambda folder: (folder / "a.json").write_text("{}"), {})
        return Artifact.objects.create(
            storefront=cinema, product=product, algorithm=product, folder=name, manifest=manifest
        )

    return made


@pytest.fixture
def ada(db) -> Account:
    return Account.objects.create_user("ada", is_staff=True)


def said(entry: AuditEntry) -> tuple:
    return entry.action, entry.subject, entry.actor_name, entry.before, entry.after, entry.reason


def test_going_live_is_written_down_with_what_was_before(model_of, cinema, ada):
    first, second = model_of("first"), model_of("second")
    language_activate(artifact=first)
    language_activate(artifact=second, by=ada, reason="Better")
    language_activate(artifact=second, by=ada, reason="It is live already")
    promoted, was = AuditEntry.objects.all()
    assert (was.before, was.after) == (None, {"product": "interest", "artifact": first.pk})
    assert said(promoted) == (
        "promote",
        "languagedeployment",
        "ada",
        was.after,
        {**was.after, "artifact": second.pk},
        "Better",
    )
    assert promoted.storefront == cinema


def test_going_back_is_written_down_to_the_model_before_and_to_none(model_of, cinema, ada):
    first, second = model_of("first"), model_of("second")
    language_activate(artifact=first)
    language_activate(artifact=second)
    language_rollback(storefront=cinema, product="interest", by=ada, reason="Complaints")
    language_rollback(storefront=cinema, product="interest", by=ada, reason="More")
    last, before = AuditEntry.objects.all()[:2]
    one, two = ({"product": "interest", "artifact": artifact.pk} for artifact in (first, second))
    assert said(before) == ("roll back", "languagedeployment", "ada", two, one, "Complaints")
    assert said(last) == ("roll back", "languagedeployment", "ada", one, None, "More")
    assert not LanguageDeployment.objects.filter(active=True).exists()


def test_asking_for_another_encoder_is_written_down_once(model_of, cinema, ada):
    encoder = model_of("encoder", "encoder")
    language_activate(artifact=encoder, by=ada, reason="Reads Chinese")
    encoder_change_request(storefront=cinema, artifact=encoder, created_by=ada)
    entry = AuditEntry.objects.get()
    assert said(entry) == ("exchange encoder", "trainingrun", "ada", None, {"artifact": encoder.pk}, "Reads Chinese")
    assert entry.subject_id == str(TrainingRun.objects.get().pk)


def test_the_second_of_two_first_activations_is_told_so(model_of, monkeypatch):
    first, second = model_of("first"), model_of("second")
    create = LanguageDeployment.objects.create

    def after_a_rival(**fields):
        create(**{**fields, "artifact": second})
        return create(**fields)

    monkeypatch.setattr(LanguageDeployment.objects, "create", after_a_rival)
    with pytest.raises(ServiceError, match="at the same moment"):
        language_activate(artifact=first)
    assert not AuditEntry.objects.exists()
