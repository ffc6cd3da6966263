"""Who forgot a password gets a link, and nobody learns from the answer who has an account."""

import re

import pytest
from django.core import mail
from django.test import Client

from behaviour.models import Account, Person
from behaviour.services import person_erase
from config.celery import app
from recommender.jobs.letters import new_password_mail
from recommender.storefront import passwords

from .conftest import BROWSER
from .test_accounts import PASSWORD, sign_in, sign_up

NEW = "a battery of correct horses"


@pytest.fixture
def asked(monkeypatch) -> list[dict]:
    """What the worker was asked to do, which it does at once."""
    found = []

    def do(account_ids, storefront_id, language, site):
        found.append({"account_ids": account_ids, "language": language})
        new_password_mail(account_ids=account_ids, storefront_id=storefront_id, language=language, site=site)

    monkeypatch.setattr(passwords, "letters_request", do)
    return found


@pytest.fixture
def ada(db) -> Account:
    return Account.objects.create_user("ada", email="ada@example.com", password=PASSWORD)


def forget(client, email="ada@example.com", **headers):
    return client.post("/s/cinema/forgotten/", {"email": email}, headers=headers)


def link() -> str:
    return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]


def choose(client, password=NEW):
    form = client.get(link(), follow=True)
    return client.post(form.request["PATH_INFO"], {"new_password1": password, "new_password2": password})


def test_the_link_in_the_letter_leads_to_a_new_password(world, visitor, asked, ada):
    forget(visitor)
    assert "ada" in mail.outbox[0].body and mail.outbox[0].to == ["ada@example.com"]
    assert choose(visitor).url == "/s/cinema/sign-in/"
    assert sign_in(visitor, password=PASSWORD).status_code == 422
    assert sign_in(visitor, password=NEW).status_code == 302


def test_known_and_unknown_addresses_get_the_same_answer(world, asked, ada):
    answers = []
    for email in ("ada@example.com", "nobody@example.com"):
        client = Client(headers={"User-Agent": BROWSER})
        answer = forget(client, email)
        page = client.get(answer.url).content.decode()
        page = re.sub(r'value="[\w-]{64}"', "", page)  # a token against forged requests is drawn anew each time
        answers.append((answer.status_code, answer.url, page))
    assert answers[0] == answers[1]
    assert [one["account_ids"] for one in asked] == [[ada.pk], []]
    assert len(mail.outbox) == 1


def test_a_link_works_once(world, visitor, asked, ada):
    forget(visitor)
    choose(visitor)
    page = Client(headers={"User-Agent": BROWSER}).get(link(), follow=True).content.decode()
    assert "This link works no longer" in page


@pytest.mark.parametrize("changed", ["x", "-x"])
def test_a_link_that_was_changed_does_not_work(world, visitor, asked, ada, changed):
    forget(visitor)
    page = visitor.get(link().rstrip("/") + f"{changed}/", follow=True).content.decode()
    assert "This link works no longer" in page


def test_a_weak_password_is_said_and_the_form_stays(world, visitor, asked, ada):
    forget(visitor)
    answer = choose(visitor, "12345678")
    assert answer.status_code == 422 and "too common" in answer.content.decode()


def test_an_operator_gets_no_letter(world, visitor, asked, ada):
    Account.objects.update(is_staff=True)
    forget(visitor)
    assert mail.outbox == []


def test_an_account_without_an_address_gets_none(world, visitor, asked):
    Account.objects.create_user("bo", password=PASSWORD)
    assert forget(visitor, "").status_code == 422
    assert asked == []


def test_nobodys_letter_box_is_filled(world, visitor, asked, ada):
    assert {forget(visitor).status_code for _ in range(5)} == {302}
    assert len(mail.outbox) == passwords.LETTERS


def test_who_asks_for_many_addresses_is_told_to_wait(world, visitor, asked):
    codes = [forget(visitor, f"{n}@example.com").status_code for n in range(passwords.ASKED_FROM + 1)]
    assert codes[-2:] == [302, 429]


def test_a_worker_is_asked_to_write(world, visitor, ada, monkeypatch, django_capture_on_commit_callbacks):
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    with django_capture_on_commit_callbacks(execute=True):
        forget(visitor)
    assert mail.outbox[0].to == ["ada@example.com"]


def test_the_letter_speaks_the_language_of_the_page(world, visitor, asked, ada):
    forget(visitor, **{"Accept-Language": "zh-hans"})
    assert asked[0]["language"] == "zh-hans"


def test_signing_up_takes_an_address_and_does_without(world, visitor):
    sign_up(visitor, "bo")
    assert Account.objects.get(username="bo").email == ""
    other = Client(headers={"User-Agent": BROWSER})
    data = {"username": "ada", "email": "ada@example.com", "password1": PASSWORD, "password2": PASSWORD}
    other.post("/s/cinema/sign-up/", data)
    assert Account.objects.get(username="ada").email == "ada@example.com"


def test_the_address_is_shown_exported_and_removed(world, visitor, ada):
    sign_in(visitor)
    assert "ada@example.com" in visitor.get("/s/cinema/privacy/").content.decode()
    assert visitor.get("/s/cinema/privacy/export/").json()["account"]["email"] == "ada@example.com"
    visitor.post("/s/cinema/privacy/e-mail/")
    assert "ada@example.com" not in visitor.get("/s/cinema/privacy/").content.decode()
    assert Account.objects.get().email == ""


def change(client, email="new@example.com", password=PASSWORD):
    return client.post("/s/cinema/privacy/e-mail/change/", {"email": email, "password": password})


def test_an_address_can_be_given_later_and_changed(world, visitor):
    sign_up(visitor, "bo")
    page = visitor.get("/s/cinema/privacy/").content.decode()
    assert "Add the address" in page and "Remove the address" not in page
    assert change(visitor, "bo@Example.com").headers["Location"] == "/s/cinema/privacy/"
    assert Account.objects.get().email == "bo@example.com"
    change(visitor)
    assert Account.objects.get().email == "new@example.com"
    assert "Change the address" in visitor.get("/s/cinema/privacy/").content.decode()


def test_a_change_of_the_address_asks_for_the_password(world, visitor, ada):
    sign_in(visitor)
    page = change(visitor, password="a guess")
    assert page.status_code == 422
    assert "That is not your password." in page.content.decode()
    assert "Signals held" in page.content.decode()
    assert Account.objects.get().email == "ada@example.com"


def test_what_is_no_address_is_refused_beside_its_field(world, visitor, ada):
    sign_in(visitor)
    assert "email" in change(visitor, "at home").context["form"].errors
    assert "email" in change(visitor, "").context["form"].errors
    assert Account.objects.get().email == "ada@example.com"


def test_passwords_are_not_guessed_on_the_form_of_the_address(world, visitor, ada):
    sign_in(visitor)
    for _number in range(10):
        change(visitor, password="a guess")
    page = change(visitor)
    assert page.status_code == 429
    assert "Too many tries" in page.content.decode()
    assert Account.objects.get().email == "ada@example.com"


def test_strangers_and_operators_change_no_address(world, visitor, ada):
    assert change(visitor).status_code == 302
    assert "e-mail/change" not in visitor.get("/s/cinema/privacy/").content.decode()
    Account.objects.update(is_staff=True)
    visitor.force_login(ada)
    change(visitor)
    assert "e-mail/change" not in visitor.get("/s/cinema/privacy/").content.decode()
    assert Account.objects.get().email == "ada@example.com"


def test_another_visitors_address_stays(world, visitor, ada):
    visitor.post("/s/cinema/privacy/e-mail/")
    assert Account.objects.get().email == "ada@example.com"


def test_the_address_goes_with_the_last_person_of_the_account(world, shop, ada):
    here = Person.objects.create(storefront=world.storefront, external_id="a", account=ada)
    there = Person.objects.create(storefront=shop, external_id="a", account=ada)
    person_erase(person=here)
    assert Account.objects.get().email == "ada@example.com"
    person_erase(person=there)
    assert Account.objects.get().email == ""
