"""Users, items and feedback: what goes in comes out as Gorse would say it."""

import json
from functools import partial

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.keys import api_key_create
from catalog.models import Item, Storefront
from recommender import registry

from .conftest import star

ALIEN = {
    "ItemId": "alien",
    "IsHidden": False,
    "Categories": ["Horror", "Space"],
    "Timestamp": "1979-05-25T00:00:00Z",
    "Labels": {"embedding": [0.1, 0.2], "topics": ["xenomorph", "ship"], "year": 1979},
    "Comment": "Alien",
}


def test_an_item_comes_back_as_it_was_sent(gorse):
    assert gorse.post("item", ALIEN) == {"RowAffected": 1}
    assert gorse.get("item/alien") == ALIEN


def test_labels_become_tags_and_those_that_the_vertical_knows_attributes(gorse):
    gorse.post("item", ALIEN)
    item = Item.objects.get(external_id="alien")
    assert item.tags == ["xenomorph", "ship"]
    assert item.attributes == {"year": 1979}
    assert item.title == "Alien"


@pytest.mark.parametrize("stamp", ["1979-05-25", "1979/05/25", "May 25, 1979", "1979-05-25 00:00:00 +0000 UTC"])
def test_dates_are_taken_as_clients_write_them(gorse, stamp):
    gorse.post("item", {**ALIEN, "Timestamp": stamp})
    assert gorse.get("item/alien")["Timestamp"] == "1979-05-25T00:00:00Z"


def test_what_gorse_cannot_say_of_an_item_survives_its_update(gorse):
    gorse.post("item", ALIEN)
    Item.objects.filter(external_id="alien").update(text="A ship answers a signal.", price=500, currency="EUR")
    gorse.post("item", {**ALIEN, "Comment": "Alien (1979)"})
    item = Item.objects.get(external_id="alien")
    assert (item.title, item.text, item.price) == ("Alien (1979)", "A ship answers a signal.", 500)


def test_a_patch_changes_what_it_names_and_leaves_nulls_alone(gorse):
    gorse.post("item", ALIEN)
    nulls = dict.fromkeys(("Labels", "Comment", "Categories", "Timestamp"))
    gorse.patch("item/alien", {"IsHidden": True, **nulls})
    assert gorse.get("item/alien") == {**ALIEN, "IsHidden": True}


def test_a_hidden_item_is_recommended_to_nobody(gorse, world):
    gorse.patch(f"item/{world.dramas[0].external_id}", {"IsHidden": True})
    assert world.dramas[0].external_id not in gorse.get("recommend/somebody-new", n=20)


def test_categories_are_put_and_taken_one_by_one(gorse):
    gorse.post("item", ALIEN)
    gorse.put("item/alien/category/Classic")
    gorse.delete("item/alien/category/Space")
    assert gorse.get("item/alien")["Categories"] == ["Horror", "Classic"]


def test_items_come_in_pages(gorse):
    first = gorse.get("items", n=12)
    second = gorse.get("items", n=12, cursor=first["Cursor"])
    ids = [row["ItemId"] for row in first["Items"] + second["Items"]]
    assert len(ids) == len(set(ids)) == 20
    assert second["Cursor"] == ""


def test_items_are_searched(gorse):
    found = {row["ItemId"] for row in gorse.get("items", q="comedy", n=3)["Items"]}
    assert found
    assert not found & {f"film-{n}" for n in range(10)}


def test_a_deleted_item_is_gone_with_its_feedback(gorse, world):
    item = world.dramas[0]
    gorse.delete(f"item/{item.external_id}")
    gorse.get(f"item/{item.external_id}", status=404)
    assert not Behaviour.objects.filter(item_id=item.pk).exists()
    assert gorse.delete(f"item/{item.external_id}") == {"RowAffected": 0}


def test_a_user_comes_back_as_it_was_sent(gorse):
    user = {"UserId": "ada", "Labels": {"interests": ["sf"], "occupation": "engineer"}, "Comment": "early"}
    assert gorse.post("user", user) == {"RowAffected": 1}
    assert gorse.get("user/ada") == user
    assert Person.objects.get(external_id="ada").attributes == {"occupation": "engineer"}


def test_users_are_posted_together_and_all_or_none(gorse):
    assert gorse.post("users", [{"UserId": "a"}, {"UserId": "b"}]) == {"RowAffected": 2}
    problem = gorse.post("users", [{"UserId": "c"}, {"UserId": ""}], status=400)
    assert problem["errors"][0]["pointer"] == "/1/UserId"
    assert not Person.objects.filter(external_id="c").exists()


def test_gorse_gives_no_consents_and_takes_none(gorse):
    Person.objects.filter(external_id="person-1").update(consents={"training": False})
    gorse.post("user", {"UserId": "person-1", "Labels": ["x"]})
    assert Person.objects.get(external_id="person-1").consents == {"training": False}


def test_a_deleted_user_is_gone_with_their_feedback(gorse):
    assert gorse.delete("user/person-1") == {"RowAffected": 7}
    gorse.get("user/person-1", status=404)
    assert not Behaviour.objects.filter(person__external_id="person-1").exists()


def test_feedback_of_an_unknown_user_and_item_makes_both(gorse):
    assert gorse.post("feedback", [star("new-user", "new-film")]) == {"RowAffected": 1}
    (row,) = gorse.get("user/new-user/feedback/star")
    assert (row["UserId"], row["ItemId"], row["FeedbackType"]) == ("new-user", "new-film", "star")
    assert row["Timestamp"] == "2026-10-01T00:00:00Z"
    assert Behaviour.objects.get(person__external_id="new-user").kind == "like"


def test_the_same_row_sent_twice_is_recorded_once(gorse):
    for _ in range(2):
        gorse.post("feedback", [star("ada", "film-1")])
    assert Behaviour.objects.filter(person__external_id="ada").count() == 1


def test_posted_values_add_up_and_put_ones_replace(gorse):
    gorse.post("feedback", [star("ada", "film-1", Value=2)])
    gorse.post("feedback", [star("ada", "film-1", "2026-10-02", Value=3)])
    assert gorse.get("feedback/star/ada/film-1")["Value"] == 5
    gorse.put("feedback", [star("ada", "film-1", "2026-10-03", Value=1)])
    assert gorse.get("feedback/star/ada/film-1")["Value"] == 1
    assert len(gorse.get("user/ada/feedback")) == 1


def test_values_of_one_call_add_up_too(gorse):
    gorse.post("feedback", [star("ada", "film-1", Value=2), star("ada", "film-1", "2026-10-02", Value=3)])
    assert gorse.get("feedback/star/ada/film-1")["Value"] == 5


def test_a_row_that_comes_again_does_not_add_again(gorse):
    gorse.post("feedback", [star("ada", "film-1", Value=2)])
    gorse.post("feedback", [star("ada", "film-1", "2026-10-02", Value=3)])
    gorse.post("feedback", [star("ada", "film-1", Value=2), star("ada", "film-2")])
    assert gorse.get("feedback/star/ada/film-1")["Value"] == 5
    assert gorse.get("feedback/star/ada/film-2")["Value"] == 0


def test_a_rating_is_no_count(gorse):
    for stars, day in ((2, "2026-10-01"), (4, "2026-10-02")):
        row = {"FeedbackType": "rating", "UserId": "ada", "ItemId": "film-1", "Value": stars, "Timestamp": day}
        gorse.post("feedback", [row])
    assert gorse.get("feedback/rating/ada/film-1")["Value"] == 4


def test_types_are_told_apart_though_they_mean_the_same(gorse):
    gorse.post("feedback", [star("ada", "film-1"), {**star("ada", "film-1"), "FeedbackType": "thumbs_up"}])
    assert {row["FeedbackType"] for row in gorse.get("feedback/ada/film-1")} == {"star", "thumbs_up"}
    assert gorse.delete("feedback/star/ada/film-1") == {"RowAffected": 1}
    assert [row["FeedbackType"] for row in gorse.get("feedback/ada/film-1")] == ["thumbs_up"]
    assert gorse.delete("feedback/ada/film-1") == {"RowAffected": 1}
    assert gorse.get("user/ada/feedback") == []


def test_an_operator_says_what_a_type_means(gorse):
    problem = gorse.post("feedback", [{**star("ada", "film-1"), "FeedbackType": "adored"}], status=400)
    assert "adored" in problem["detail"]
    assert "feedback_types" in problem["detail"]
    Storefront.objects.update(settings={"gorse": {"feedback_types": {"adored": "like"}}})
    from catalog import keys

    keys._found.clear()  # what a second's wait does
    gorse.post("feedback", [{**star("ada", "film-1"), "FeedbackType": "adored"}])
    assert Behaviour.objects.get(person__external_id="ada").kind == "like"


def test_one_bad_row_keeps_the_others_out_and_is_pointed_at(gorse):
    rows = [star("ada", "film-1"), star("ada", "film-2", "yesterdayish")]
    problem = gorse.post("feedback", rows, status=400)
    assert problem["errors"][0]["pointer"] == "/1/Timestamp"
    assert not Behaviour.objects.filter(person__external_id="ada").exists()


def test_feedback_comes_in_pages_with_what_the_other_api_recorded(gorse):
    seen, cursor = [], ""
    while True:
        answer = gorse.get("feedback", n=100, cursor=cursor)
        seen += answer["Feedback"]
        cursor = answer["Cursor"]
        if not cursor:
            break
    assert len(seen) == 240
    assert {row["FeedbackType"] for row in seen} == {"rating"}
    assert len(gorse.get("feedback/rating", n=1000)["Feedback"]) == 240


def test_feedback_of_an_item_is_found_with_a_slash_at_the_end(gorse):
    assert len(gorse.get("item/film-0/feedback/")) == len(gorse.get("item/film-0/feedback/rating")) == 12


def test_dumps_go_out_and_come_in_again(gorse, world):
    gorse.post("feedback", [star("ada", "film-1", Value=2)])
    client, headers = Client(), {"X-API-Key": gorse.key}
    dumps = {}
    for what in ("users", "items", "feedback"):
        response = client.get(f"/gorse/cinema/api/bulk/{what}", headers=headers)
        dumps[what] = b"".join(response.streaming_content)
    other = Storefront.objects.create(slug="other", name="Other", vertical="video")
    _, key = api_key_create(storefront=other, name="gorse", scopes=["read", "write"])
    for what, dump in dumps.items():
        upload = SimpleUploadedFile("dump.jsonl", dump)
        response = client.post(f"/gorse/other/api/bulk/{what}", {"file": upload}, headers={"X-API-Key": key})
        assert response.json() == {"RowAffected": dump.count(b"\n")}, response.content
    again = client.get("/gorse/other/api/bulk/items", headers={"X-API-Key": key})
    assert b"".join(again.streaming_content) == dumps["items"]
    assert Behaviour.objects.filter(storefront=other).count() == 241


def test_a_dump_brings_nobody_back_who_was_erased(gorse):
    users, feedback = b'{"UserId": "ada"}\n{"UserId": "eve"}\n', json.dumps(star("ada", "film-1")).encode()
    gorse.post("user", {"UserId": "ada"})
    assert gorse.delete("user/ada")["RowAffected"] == 1
    for what, dump, taken in (("users", users, 1), ("feedback", feedback, 0)):
        upload = SimpleUploadedFile("dump.jsonl", dump)
        response = Client().post(f"/gorse/cinema/api/bulk/{what}", {"file": upload}, headers={"X-API-Key": gorse.key})
        assert response.json() == {"RowAffected": taken}
    assert not Person.objects.filter(external_id="ada").exists()
    gorse.post("feedback", [star("ada", "film-1")])
    assert Person.objects.filter(external_id="ada").exists(), "what happens now is recorded"


def test_a_list_of_users_brings_nobody_back_and_one_by_name_does(gorse):
    gorse.post("user", {"UserId": "ada"})
    gorse.delete("user/ada")
    assert gorse.post("users", [{"UserId": "ada"}, {"UserId": "eve"}])["RowAffected"] == 1
    assert not Person.objects.filter(external_id="ada").exists()
    gorse.post("user", {"UserId": "ada"})
    assert Person.objects.filter(external_id="ada").exists()


def test_a_dump_with_a_broken_line_is_refused_whole(gorse):
    upload = SimpleUploadedFile("dump.jsonl", b'{"UserId": "one"}\n{"UserId": \n')
    response = Client().post("/gorse/cinema/api/bulk/users", {"file": upload}, headers={"X-API-Key": gorse.key})
    assert response.status_code == 400
    assert "Line 2" in response.json()["detail"]
    assert not Person.objects.filter(external_id="one").exists()


def test_another_storefronts_key_opens_nothing(gorse, shop):
    _, key = api_key_create(storefront=shop, name="other", scopes=["read", "write"])
    gorse.get("user/person-1", status=404, headers={"X-API-Key": key})
    gorse.get("user/person-1", status=401, headers={"X-API-Key": ""})


def test_a_key_that_may_only_read_changes_nothing(gorse, world):
    _, key = api_key_create(storefront=world.storefront, name="reader", scopes=["read"])
    gorse.post("feedback", [star("ada", "film-1")], status=403, headers={"X-API-Key": key})


def test_probes_need_no_key(world):
    for path in ("health/live", "health/ready"):
        assert Client().get(f"/gorse/cinema/api/{path}").json()["Ready"] is True


def test_what_people_agreed_to_survives_a_dump_of_users(gorse):
    known = Person.objects.create(storefront=gorse.storefront, external_id="ada", consents={"training": False})
    upload = SimpleUploadedFile("users.jsonl", b'{"UserId": "ada"}\n')
    response = Client().post("/gorse/cinema/api/bulk/users", {"file": upload}, headers={"X-API-Key": gorse.key})
    assert response.json() == {"RowAffected": 1}
    known.refresh_from_db()
    assert known.consents == {"training": False}


@pytest.fixture
def clinic(db):
    """A health site where somebody told of an allergy and read something sensitive. Gives the answers to a key."""
    site = Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")
    sensitive = sorted(registry.vertical("health").sensitive_categories)[0]
    told = {"attributes": {"allergies": ["peanut"]}, "consents": {"sensitive": True}}
    ada = Person.objects.create(
        storefront=site, external_id="ada", metadata={"labels": {"allergies": ["peanut"]}}, **told
    )
    Person.objects.create(storefront=site, external_id="bob", **told)
    for name, category in (("plain", "Sleep"), ("private", sensitive)):
        item = Item.objects.create(storefront=site, external_id=name, title=name, categories=[category])
        Behaviour.objects.create(
            storefront=site, person=ada, item=item, kind="view", event_id=name, occurred_at=timezone.now()
        )

    def answers(scopes):
        _, key = api_key_create(storefront=site, name="gorse", scopes=scopes)
        ask = partial(Client().get, headers={"X-API-Key": key})
        paths = ("users", "user/ada", "bulk/users", "feedback", "user/ada/feedback", "bulk/feedback", "feedback/view")
        found = {path: ask(f"/gorse/clinic/api/{path}") for path in paths}
        return {path: b"".join(one).decode() for path, one in found.items()}

    return answers


def test_what_is_sensitive_is_shown_only_to_keys_that_may_manage(clinic):
    for path, seen in clinic(["read"]).items():
        assert "peanut" not in seen and "private" not in seen, path
        assert "ada" in seen, path


def test_keys_that_may_manage_are_shown_all_of_it(clinic):
    for path, seen in clinic(["read", "manage"]).items():
        assert "peanut" in seen or "private" in seen, path
