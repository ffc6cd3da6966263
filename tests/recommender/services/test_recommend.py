"""What people are shown: their taste, at once, through the rules, with a name that later events can give."""

import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from behaviour.models import Person
from behaviour.services import behaviours_record
from catalog.models import Item
from recommender.algorithms.ease import Ease
from recommender.models import Deployment, Recommendation
from recommender.services import ServiceError, recommend

from ..conftest import vector_save


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


def act(storefront, person: str, item: Item, kind: str, value=None) -> None:
    report = behaviours_record(
        storefront=storefront,
        records=[
            {
                "event_id": f"{person}-{item.external_id}-{kind}",
                "person": person,
                "item": item.external_id,
                "kind": kind,
                "value": value,
                "occurred_at": timezone.now().isoformat(),
            }
        ],
    )
    assert report.accepted == 1, report


def test_people_are_shown_what_fits_their_taste(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=4)
    assert {entry.item.categories[0] for entry in served.items} == {"Drama"}
    assert served.algorithm == "ease"
    assert served.fallback == ""


def test_what_they_have_seen_is_not_shown_again(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=20)
    seen = {f"film-{n}" for n in range(6)}
    assert not seen & set(ids(served))
    assert len(served.items) == 14


def test_one_behaviour_changes_the_next_answer(live):
    before = recommend(storefront=live.storefront, person=None, count=6)
    person = Person.objects.create(storefront=live.storefront, external_id="newcomer")
    act(live.storefront, "newcomer", live.comedies[2], "watch", 1.0)
    after = recommend(storefront=live.storefront, person=person, count=4)
    assert {entry.item.categories[0] for entry in after.items} == {"Comedy"}
    assert ids(after) != ids(before)


def test_a_hidden_item_is_gone_at_once(live):
    person = live.persons[0]
    first = recommend(storefront=live.storefront, person=person, count=1).items[0].item
    act(live.storefront, person.external_id, first, "hide")
    assert first.external_id not in ids(recommend(storefront=live.storefront, person=person, count=20))


def test_a_new_item_is_recommended_as_soon_as_it_is_saved(live, look_again):
    recommend(storefront=live.storefront, person=live.persons[0])
    item = Item.objects.create(
        storefront=live.storefront, external_id="premiere", title="Drama now", categories=["Drama"]
    )
    vector_save(item, drama=True)
    look_again(live.storefront)
    for_dramas = recommend(storefront=live.storefront, person=live.persons[0], count=5)
    assert "premiere" in ids(for_dramas)
    assert next(e.source for e in for_dramas.items if e.item == item) == "fresh"


def test_a_new_item_ranks_higher_with_those_whose_taste_it_fits(live, look_again):
    item = Item.objects.create(
        storefront=live.storefront, external_id="premiere", title="Drama now", categories=["Drama"]
    )
    vector_save(item, drama=True)
    scores = [
        next(e.score for e in recommend(storefront=live.storefront, person=p, count=20).items if e.item == item)
        for p in (live.persons[0], live.persons[1])
    ]
    assert scores[0] > scores[1]


def test_a_withdrawn_item_is_gone_without_waiting_for_the_next_look(live):
    first = recommend(storefront=live.storefront, person=live.persons[0], count=1).items[0].item
    Item.objects.filter(pk=first.pk).update(withdrawn=True)
    assert first.external_id not in ids(recommend(storefront=live.storefront, person=live.persons[0], count=20))


def test_items_outside_their_dates_are_not_shown(live):
    Item.objects.filter(pk=live.items[8].pk).update(available_until=timezone.now() - timedelta(days=1))
    Item.objects.filter(pk=live.items[9].pk).update(available_from=timezone.now() + timedelta(days=1))
    served = recommend(storefront=live.storefront, person=live.persons[0], count=20)
    assert not {"film-8", "film-9"} & set(ids(served))


def test_a_vertical_rule_holds_with_and_without_a_model(shop):
    Item.objects.create(
        storefront=shop, external_id="gone", title="Sold out kettle", attributes={"brand": "A", "stock": 0}
    )
    Item.objects.create(storefront=shop, external_id="here", title="Kettle", attributes={"brand": "A", "stock": 3})
    assert ids(recommend(storefront=shop)) == ["here"]


def test_a_rule_is_asked_again_about_what_the_database_says_now(shop):
    item = Item.objects.create(
        storefront=shop, external_id="here", title="Kettle", attributes={"brand": "A", "stock": 1}
    )
    assert ids(recommend(storefront=shop)) == ["here"]
    Item.objects.filter(pk=item.pk).update(attributes={"brand": "A", "stock": 0})
    assert ids(recommend(storefront=shop)) == []


def test_without_a_model_popular_items_are_shown_and_marked(world):
    served = recommend(storefront=world.storefront, person=world.persons[0], count=5)
    assert len(served.items) == 5
    assert served.fallback == "no_model"
    assert {entry.source for entry in served.items} == {"popular"}


def test_a_damaged_artifact_falls_back_and_says_so(live):
    (live.artifact.path / "arrays.npz").write_bytes(b"broken")
    served = recommend(storefront=live.storefront, person=live.persons[0])
    assert served.fallback == "model_unavailable"
    assert served.items


def test_an_artifact_that_cannot_answer_falls_back_and_says_so(live, monkeypatch):
    def broken(self, query):
        raise AttributeError("written by another release")

    monkeypatch.setattr(Ease, "_score_many", broken)
    served = recommend(storefront=live.storefront, person=live.persons[0])
    assert served.fallback == "model_unavailable"
    assert served.items


def test_somebody_unknown_gets_a_list_that_says_so(live):
    assert recommend(storefront=live.storefront).fallback == "cold_person"


def test_a_model_that_knows_nothing_of_somebody_leaves_the_order_to_popularity(live):
    for number in range(3):
        act(live.storefront, f"fan-{number}", live.items[17], "watch", 1.0)
    served = recommend(storefront=live.storefront, count=5)
    assert served.items[0].item == live.items[17]
    assert {entry.source for entry in served.items} == {"popular"}


def test_what_was_just_looked_at_counts_for_people_without_a_row(live):
    served = recommend(storefront=live.storefront, session=[live.comedies[0].pk, live.comedies[1].pk], count=4)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}
    assert served.fallback == ""


def test_without_personalisation_the_past_shapes_nothing_but_hidden_items_stay_hidden(live):
    person = live.persons[0]
    act(live.storefront, person.external_id, live.comedies[0], "hide")
    person.consents = {"personalisation": False}
    served = recommend(storefront=live.storefront, person=person, count=20)
    assert served.fallback == "cold_person"
    assert live.comedies[0].external_id not in ids(served)


def test_a_list_can_be_kept_to_a_category(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], category="Comedy", count=5)
    assert {entry.item.categories[0] for entry in served.items} == {"Comedy"}


def test_a_list_can_leave_items_out(live):
    first = recommend(storefront=live.storefront, person=live.persons[0], count=1).items[0].item
    again = recommend(storefront=live.storefront, person=live.persons[0], count=20, exclude=[first.pk])
    assert first.external_id not in ids(again)


def test_every_list_is_written_down_in_order(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=5, context={"device": "phone"})
    row = Recommendation.objects.get(pk=served.id)
    assert [entry[0] for entry in row.items] == [entry.item.pk for entry in served.items]
    assert row.deployment == Deployment.objects.get(active=True)
    assert (row.placement, row.person, row.context) == ("home", live.persons[0], {"device": "phone"})


def test_a_list_that_nobody_sees_is_not_written_down(live):
    assert recommend(storefront=live.storefront, record=False).id == ""
    assert not Recommendation.objects.exists()


def test_reasons_name_what_the_person_did(live):
    served = recommend(storefront=live.storefront, person=live.persons[0], count=3, reasons=True)
    assert all("Drama" in entry.reason for entry in served.items)


@pytest.mark.parametrize("wrong", [{"placement": "attic"}, {"count": 0}, {"count": 101}])
def test_a_question_that_makes_no_sense_is_refused(live, wrong):
    with pytest.raises(ServiceError):
        recommend(storefront=live.storefront, **wrong)


def test_an_answer_takes_few_queries(live, django_assert_num_queries):
    recommend(storefront=live.storefront, person=live.persons[0])
    with django_assert_num_queries(5):  # the past, what it was about, what was hidden, the items, the record
        recommend(storefront=live.storefront, person=live.persons[0])


def test_another_storefronts_items_and_events_never_show(live, shop):
    Item.objects.create(storefront=shop, external_id="kettle", title="Kettle", attributes={"brand": "A"})
    assert "kettle" not in ids(recommend(storefront=live.storefront, count=20))
    assert ids(recommend(storefront=shop)) == ["kettle"]


def test_a_served_request_leaves_torch_and_transformers_out(tmp_path):
    """In a process of its own: whatever else the tests import would hide it."""
    script = textwrap.dedent("""
        import os, sys
        import django
        django.setup()
        from django.core.management import call_command
        call_command("migrate", verbosity=0)
        from catalog.models import Item, Storefront
        from catalog.keys import api_key_create
        storefront = Storefront.objects.create(slug="cinema", name="Cinema", vertical="video")
        Item.objects.create(storefront=storefront, external_id="a", title="A film")
        _, key = api_key_create(storefront=storefront, name="test", scopes=["read"])
        from django.test import Client
        client = Client(headers={"Authorization": f"Bearer {key}"})
        answer = client.get("/api/v1/storefronts/cinema/recommendations?person=somebody")
        assert answer.status_code == 200, answer.content
        assert answer.json()["data"][0]["id"] == "a", answer.content
        assert client.get("/s/cinema/").status_code == 200
        print([name for name in ("torch", "transformers") if name in sys.modules])
    """)
    environment = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "VAR_DIR": str(tmp_path),
        "ALLOWED_HOSTS": "testserver",
        "PATH": "",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "[]"
