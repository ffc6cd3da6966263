"""An account takes over what its owner did before they had one."""

import pytest
from django.core.cache import cache
from django.test import Client

from behaviour.models import Account, Person
from catalog.models import Item

from .conftest import BROWSER

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_tries_of_other_tests():
    cache.clear()


def sign_up(client, name="ada", slug="cinema"):
    data = {"username": name, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(f"/s/{slug}/sign-up/", data)


def sign_in(client, name="ada", password=PASSWORD, **more):
    return client.post("/s/cinema/sign-in/", {"username": name, "password": password, **more})


def test_signing_up_keeps_what_was_done_before(world, visitor, press):
    visitor.get("/s/cinema/item/film-3/")
    press("like")
    assert sign_up(visitor).url == "/s/cinema/"
    person = Person.objects.get(account__username="ada")
    assert set(person.behaviours.values_list("kind", "item__external_id")) == {("view", "film-3"), ("like", "film-0")}
    assert not person.anonymous
    assert visitor.get("/s/cinema/").context["visitor"].person == person


def test_even_views_that_only_the_browser_held(world, visitor):
    visitor.get("/s/cinema/item/film-3/")
    sign_up(visitor)
    assert Person.objects.get(account__username="ada").behaviours.get().item.external_id == "film-3"


def test_signing_up_alone_makes_nobody_a_person(world, visitor):
    sign_up(visitor)
    assert Account.objects.get().username == "ada"
    assert not Person.objects.filter(account__isnull=False).exists()


def test_signing_in_on_another_device_merges_what_was_done_there(world, visitor, press):
    press("like")
    sign_up(visitor)
    phone = Client(headers={"User-Agent": BROWSER})
    press("like", item="film-5", client=phone)
    assert sign_in(phone).status_code == 302
    person = Person.objects.get(account__username="ada")
    likes = person.behaviours.filter(kind="like")
    assert set(likes.values_list("item__external_id", flat=True)) == {"film-0", "film-5"}
    assert not Person.objects.filter(anonymous=True).exists()


def test_another_storefront_adopts_its_own_past_once_signed_in(world, shop, visitor):
    Item.objects.create(storefront=shop, external_id="k", title="Kettle", attributes={"stock": 3})
    visitor.post("/s/shop/act/k/", {"kind": "like", "token": "a"})
    of_the_shop = visitor.cookies["kindred_person"].value  # a browser keeps it apart: its path is /s/shop/
    sign_up(visitor)
    visitor.cookies["kindred_person"] = of_the_shop
    assert visitor.get("/s/shop/saved/").context["visitor"].account.username == "ada"
    assert Person.objects.get(storefront=shop).account.username == "ada"


def test_signing_out_leaves_nobody_behind(world, visitor, press):
    press("like")
    sign_up(visitor)
    visitor.post("/s/cinema/sign-out/")
    shown = visitor.get("/s/cinema/").context["visitor"]
    assert (shown.person, shown.account) == (None, None)


def test_signing_out_needs_a_post(world, visitor):
    assert visitor.get("/s/cinema/sign-out/").url == "/s/cinema/"


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"username": "ada", "password1": "12345678", "password2": "12345678"}, "too common"),
        ({"username": "bo", "password1": PASSWORD, "password2": "other"}, "match"),
        ({"username": "taken", "password1": PASSWORD, "password2": PASSWORD}, "already exists"),
        ({"username": "a b", "password1": PASSWORD, "password2": PASSWORD}, "valid username"),
        ({}, "This field is required"),
    ],
)
def test_what_cannot_be_taken_is_said_in_a_sentence(world, visitor, data, sentence):
    Account.objects.create_user("taken")
    answer = visitor.post("/s/cinema/sign-up/", data)
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


def test_a_wrong_password_is_said_and_a_right_one_helps(world, visitor):
    Account.objects.create_user("ada", password=PASSWORD)
    answer = sign_in(visitor, password="wrong")
    assert answer.status_code == 422 and "This name and this password do not belong together" in answer.content.decode()
    assert sign_in(visitor).status_code == 302


def test_the_eleventh_try_is_refused_even_with_the_right_password(world, visitor):
    Account.objects.create_user("ada", password=PASSWORD)
    for _ in range(10):
        sign_in(visitor, password="wrong")
    answer = sign_in(visitor)
    assert answer.status_code == 429
    assert "wait a quarter of an hour" in answer.content.decode()
    assert sign_in(Client(headers={"User-Agent": BROWSER}), name="bo", password="wrong").status_code == 422


def test_signing_in_leads_to_no_other_site(world, visitor):
    Account.objects.create_user("ada", password=PASSWORD)
    assert sign_in(visitor, next="https://evil.example/").url == "/s/cinema/"


def test_the_cookie_of_somebody_to_whom_an_operator_gave_an_account_opens_nothing(world, visitor, press):
    press("like")
    owner = Account.objects.create_user("owner", password=PASSWORD)
    Person.objects.filter(anonymous=True).update(account=owner)
    assert visitor.get("/s/cinema/").context["visitor"].person is None
    sign_up(visitor)
    assert visitor.get("/s/cinema/").status_code == 200
