"""Promise 13: a word that only one person ever used is nowhere once they are erased."""

from __future__ import annotations

import logging
from datetime import timedelta

import numpy as np
import pytest
from django.apps import apps
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core import serializers
from django.core.cache import cache
from django.db import connection
from django.utils import timezone

from behaviour.models import Behaviour, Person, PrivacyRequest
from behaviour.services import behaviours_record, person_erase, person_upsert, refusals_record, relationships_import
from catalog.models import Answer, Item, Storefront
from catalog.services import FieldError, Rejection
from config.redacting import NobodyNamed, redacted
from recommender import registry
from recommender.jobs.quoting import quotes_refresh
from recommender.models import Artifact, LintFinding, Quote, TrainingRun
from recommender.selectors import item_texts
from recommender.services import recommend, training_run_create

TOKEN = "zqxtoken7"


@pytest.fixture
def place(settings, tmp_path, monkeypatch):
    from recommender.jobs import training

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    return tmp_path


def dump() -> str:
    """Every row of every table, as a backup has them."""
    if connection.vendor == "sqlite":
        return "\n".join(connection.connection.iterdump())
    return "\n".join(serializers.serialize("json", model._base_manager.all()) for model in apps.get_models())


def files(folder) -> list[str]:
    """Names of files under `folder` that hold the word: archives are opened, for they compress."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            whole = path.read_bytes()
            if path.suffix == ".npz":
                with np.load(path, allow_pickle=False) as arrays:
                    whole = b"".join(arrays[name].tobytes() for name in arrays.files)
            wanted = (TOKEN.encode(), TOKEN.encode("utf-32-le"))
            found += [path.name] if any(word in whole for word in wanted) or TOKEN in path.name else []
    return found


@pytest.fixture
def known(world, shop, place, admin_user) -> Person:
    """Somebody whose id, notes, searches, reviews, events, mistakes and ties all have the word in them."""
    storefront, when = world.storefront, timezone.now() - timedelta(hours=2)
    person, _created = person_upsert(
        storefront=storefront, record={"external_id": f"{TOKEN}-id", "metadata": {"name": TOKEN}}
    )
    events = [
        {
            "event_id": f"{TOKEN}-{number}",
            "person": person.external_id,
            "item": f"film-{number}",
            "kind": "rating",
            "value": 5,
            "context": {"device": TOKEN},
            "occurred_at": when.isoformat(),
        }
        for number in range(6)
    ]
    events.append(
        {**events[0], "event_id": "s", "kind": "search", "item": None, "value": None, "text": f"a {TOKEN} film"}
    )
    behaviours_record(storefront=storefront, records=events)
    relationships_import(
        storefront=storefront, records=[{"source": person.external_id, "target": "person-0", "kind": "friend"}]
    )
    refusals_record(
        storefront=storefront,
        rejections=[
            Rejection(
                "events",
                1,
                (FieldError("kind", "unknown", f"{TOKEN} is unknown."),),
                {"person": person.external_id, "kind": TOKEN},
            )
        ],
    )
    LintFinding.objects.create(
        storefront=storefront,
        rule="burst",
        samples=[{"person": person.external_id}, {"ids": [f"{TOKEN}-1"]}, {"person": "person-1"}],
    )
    about = {"content_type": ContentType.objects.get_for_model(Person), "object_id": person.pk}
    LogEntry.objects.create(user=admin_user, action_flag=CHANGE, object_repr=str(person), **about)
    recommend(storefront=storefront, person=person, placement="home", context={"text": TOKEN})
    return person


def test_a_word_of_the_erased_is_in_no_table_file_cache_or_log(known, world, place, caplog):
    from recommender.jobs import training_run_execute

    caplog.set_level(logging.DEBUG)
    run = training_run_create(storefront=world.storefront, algorithm="ease", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None
    assert TOKEN in dump(), "it was there"
    person_erase(person=known)
    text = dump()
    assert TOKEN not in text, text[max(0, text.index(TOKEN) - 300) : text.index(TOKEN) + 80]
    assert files(place) == []
    assert TOKEN not in str(getattr(cache, "_cache", ""))
    assert TOKEN not in caplog.text
    assert LintFinding.objects.get().samples == [{"person": "person-1"}]


def test_erased_while_it_is_trained_the_word_is_nowhere_either(known, world, place):
    from recommender.jobs import training_run_execute

    run = training_run_create(storefront=world.storefront, algorithm="ease", enqueue=False)
    gone = []

    def echo(stage, fraction):
        if stage.startswith("fit") and not gone:
            gone.append(person_erase(person=known))

    assert training_run_execute(run.pk, echo=echo) is None
    assert not Artifact.objects.exists()
    assert TOKEN not in dump()
    assert files(place) == []
    assert TOKEN not in TrainingRun.objects.get(pk=run.pk).log


def test_words_that_an_items_text_took_in_go_and_the_receipt_follows(shop, place):
    item = Item.objects.create(storefront=shop, external_id="sock", title="Sock")
    ada = Person.objects.create(storefront=shop, external_id="ada")
    Behaviour.objects.create(
        storefront=shop, person=ada, item=item, kind="review", value=5, event_id="r", occurred_at=timezone.now(),
        text=f"Keeps my {TOKEN} dry in all this rain.",
    )  # fmt: skip
    quotes_refresh(shop.pk)
    assert Quote.objects.filter(text__contains=TOKEN).exists()
    request = person_erase(person=ada)
    [text] = item_texts(registry.vertical(shop.vertical), [Item.objects.get(pk=item.pk)])
    assert TOKEN not in text
    assert TOKEN not in dump()
    from recommender.admin.receipt_words import texts_said

    receipt = next(one for one in request.receipts if one["store"] == "texts")
    assert "read again" in texts_said(request, receipt).to_do
    quotes_refresh(shop.pk)
    assert texts_said(request, receipt).to_do == ""


def test_answers_kept_for_repeated_requests_are_forgotten_and_counted(known, world):
    from catalog.keys import api_key_create

    key, _text = api_key_create(storefront=world.storefront, name="k", scopes=["read"])
    Answer.objects.create(key=key, name="n", digest="d", body=TOKEN.encode())
    request = person_erase(person=known)
    assert next(one for one in request.receipts if one["store"] == "answers")["counts"] == {"catalog.answer": 1}
    assert not Answer.objects.exists()


@pytest.mark.parametrize(
    "address",
    [
        f"/api/v1/storefronts/cinema/persons/{TOKEN}",
        f"/api/v1/storefronts/cinema/persons/{TOKEN}/export",
        f"/api/v1/storefronts/cinema/recommendations?limit=3&person={TOKEN}&placement=home",
        f"/s/cinema/search/?q={TOKEN}",
        f"/gorse/cinema/api/user/{TOKEN}",
        f"/gorse/cinema/api/user/{TOKEN}/feedback/star",
    ],
)
def test_no_log_names_whom_an_address_is_about(address):
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", address), None)
    assert TOKEN not in NobodyNamed().format(record)


def test_what_the_server_logs_goes_through_that(settings):
    handler = settings.LOGGING["handlers"]["stderr"]
    assert settings.LOGGING["formatters"][handler["formatter"]]["class"] == "config.redacting.NobodyNamed"


def test_addresses_that_name_nobody_are_logged_as_they_are():
    for address in ("/api/v1/storefronts/cinema/persons/export", "/admin/behaviour/person/3/change/", "/s/cinema/"):
        assert redacted(address) == address


def test_a_restored_artifact_receipt_survives_a_plugin_that_has_gone(known, monkeypatch):
    from behaviour.admin.receipts import receipts_shown

    request = person_erase(person=known)
    monkeypatch.setattr("behaviour.stores._stores", {})
    assert "models" in [row["store"] for row in receipts_shown(PrivacyRequest.objects.get(pk=request.pk))]
    assert Storefront.objects.exists()
