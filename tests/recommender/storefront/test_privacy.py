"""Everybody sees what is held of them, and can change or erase it."""

import json

import pytest
from django.test import Client

from behaviour.models import Account, Behaviour, Person

from .conftest import BROWSER


def test_a_stranger_is_told_that_only_their_browser_remembers(world, visitor):
    visitor.get("/s/cinema/item/film-3/")
    page = visitor.get("/s/cinema/privacy/")
    assert "Nothing is stored about you" in page.content.decode()
    assert [signal.about for signal in page.context["signals"]] == ["Drama 3"]


def test_what_only_the_browser_remembers_can_be_removed_one_by_one(world, visitor):
    for item in ("film-3", "film-4"):
        visitor.get(f"/s/cinema/item/{item}/")
    signals = visitor.get("/s/cinema/privacy/").context["signals"]
    visitor.post("/s/cinema/privacy/signal/", {"event": signals[0].event})
    page = visitor.get("/s/cinema/privacy/")
    assert "Removed." in page.content.decode()
    assert [signal.about for signal in page.context["signals"]] == ["Drama 3"]
    visitor.post("/s/cinema/privacy/signal/", {"event": signals[1].event})
    assert visitor.get("/s/cinema/privacy/").context["signals"] == []
    assert not Behaviour.objects.filter(kind="view").exists()


def test_each_signal_can_be_removed(world, visitor, press):
    press("like")
    press("save", item="film-1")
    page = visitor.get("/s/cinema/privacy/")
    assert [(signal.label, signal.about) for signal in page.context["signals"]] == [
        ("Saved for later", "Drama 1"),
        ("Liked", "Drama 0"),
    ]
    visitor.post("/s/cinema/privacy/signal/", {"event": page.context["signals"][0].event})
    assert list(Behaviour.objects.filter(person__anonymous=True).values_list("kind", flat=True)) == ["like"]


def test_a_share_reads_as_one_and_a_mark_as_one_out_of_the_best(world, visitor, press):
    press("rating", value="4")
    press("watch", value="0.75", item="film-1")
    signals = visitor.get("/s/cinema/privacy/").context["signals"]
    assert {signal.value for signal in signals} == {"75%", "4 / 5"}


def test_nobody_removes_a_signal_of_somebody_else(world, visitor, press):
    press("like")
    event = Behaviour.objects.get(kind="like").event_id
    other = Client(headers={"User-Agent": BROWSER})
    press("like", item="film-1", client=other)
    other.post("/s/cinema/privacy/signal/", {"event": event})
    assert Behaviour.objects.filter(event_id=event).exists()


def test_signals_come_in_pages(world, visitor, press, monkeypatch, django_assert_max_num_queries):
    monkeypatch.setattr("recommender.storefront.privacy.A_PAGE", 4)
    for number in range(10):
        press("like", item=f"film-{number}")
    visitor.get("/s/cinema/privacy/")
    with django_assert_max_num_queries(8):
        page = visitor.get("/s/cinema/privacy/?page=3")
    assert len(page.context["signals"]) == 2
    assert visitor.get("/s/cinema/privacy/?page=4").status_code == 404


def test_every_page_says_whether_it_is_personalised(world, visitor):
    visitor.post("/s/cinema/privacy/personalisation/", {"answer": "no"})
    for path in ("", "item/film-0/", "c/Drama/", "search/?q=drama", "saved/", "how-it-works/", "welcome/", "sign-in/"):
        assert "Not personalised" in visitor.get(f"/s/cinema/{path}").content.decode(), path


def test_turned_off_nothing_follows_and_turned_on_it_does_again(live, visitor, press):
    press("like", item="film-12")
    assert visitor.get("/s/cinema/").context["shelves"][0].heading == "For you"
    visitor.post("/s/cinema/privacy/personalisation/", {"answer": "no"})
    assert visitor.get("/s/cinema/").context["shelves"][0].heading == "Popular now"
    visitor.post("/s/cinema/privacy/personalisation/", {"answer": "yes"})
    assert visitor.get("/s/cinema/").context["shelves"][0].heading == "For you"


def test_what_was_never_asked_is_not_called_agreed_to(world, visitor):
    assert "You have not been asked yet" in visitor.get("/s/cinema/privacy/").content.decode()
    visitor.post("/s/cinema/privacy/consent/", {"purpose": "training", "answer": "no"})
    assert "You have not been asked yet" not in visitor.get("/s/cinema/privacy/").content.decode()


def test_the_answer_is_written_down_with_its_wording(world, visitor):
    visitor.post("/s/cinema/privacy/consent/", {"purpose": "training", "answer": "no"})
    row = Person.objects.get(anonymous=True).consent_records.get()
    assert (row.purpose, row.granted, row.version) == ("training", False, "storefront-privacy-1")


@pytest.mark.parametrize("data", [{"purpose": "sensitive", "answer": "yes"}, {"purpose": "x", "answer": "no"}, {}])
def test_what_is_not_asked_here_is_not_taken(world, visitor, data):
    assert visitor.post("/s/cinema/privacy/consent/", data).status_code == 400
    assert not Person.objects.filter(anonymous=True).exists()


def test_the_download_holds_everything(world, visitor, press):
    press("like")
    answer = visitor.get("/s/cinema/privacy/export/")
    assert answer["Content-Disposition"] == 'attachment; filename="cinema-my-data.json"'
    assert [row["kind"] for row in json.loads(answer.content)["behaviours"]] == ["like"]


class TestErasing:
    def test_it_is_asked_once_more(self, world, visitor, press):
        press("like")
        answer = visitor.post("/s/cinema/privacy/erase/", {})
        assert answer.status_code == 422 and "Tick the box" in answer.content.decode()
        assert Person.objects.filter(anonymous=True).exists()

    def test_an_anonymous_visitor_is_erased_with_their_cookie(self, world, visitor, press):
        press("like")
        visitor.post("/s/cinema/privacy/erase/", {"sure": "1"})
        assert not Person.objects.filter(anonymous=True).exists()
        assert not Behaviour.objects.filter(kind="like").exists()
        assert visitor.cookies["kindred_person"].value == ""

    def test_an_account_can_stay_or_go(self, world, visitor, press):
        data = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
        press("like")
        visitor.post("/s/cinema/sign-up/", data)
        visitor.post("/s/cinema/privacy/erase/", {"sure": "1"})
        assert Account.objects.exists() and not Behaviour.objects.filter(kind="like").exists()
        visitor.post("/s/cinema/privacy/erase/", {"sure": "1", "account": "1"})
        assert not Account.objects.exists()
        assert visitor.get("/s/cinema/").context["visitor"].account is None

    def test_nobody_erases_whom_they_browse_as(self, world, browsing):
        asked = browsing.get("/s/cinema/privacy/erase/").content.decode()
        assert "not yours to erase" in asked and 'name="sure"' not in asked
        answer = browsing.post("/s/cinema/privacy/erase/", {"sure": "1"})
        assert answer.status_code == 422 and "not yours to erase" in answer.content.decode()
        assert Person.objects.filter(pk=world.persons[0].pk).exists()


def test_how_it_works_is_told_from_what_is_live(live, visitor):
    page = visitor.get("/s/cinema/how-it-works/").content.decode()
    assert "An algorithm named EASE" in page
    assert "240 things that 40 people did with 20 items" in page


def test_how_it_works_without_a_model_says_so(world, visitor):
    assert "No algorithm is live" in visitor.get("/s/cinema/how-it-works/").content.decode()
