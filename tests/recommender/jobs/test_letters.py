"""A letter reaches whoever may have it, with or without a mail server."""

import pytest
from django.core import mail

from behaviour.models import Account
from catalog.models import Storefront
from recommender.jobs.letters import new_password_mail


@pytest.fixture
def cinema(db) -> Storefront:
    return Storefront.objects.create(slug="cinema", name="The\nCinema", vertical="video")


def write(cinema, *accounts) -> int:
    return new_password_mail(
        account_ids=[one.pk for one in accounts], storefront_id=cinema.pk, language="en", site="https://cinema.example"
    )


def test_the_letter_names_the_site_and_the_account(cinema):
    assert write(cinema, Account.objects.create_user("O'Neil", email="o@example.com", password="x")) == 1
    letter = mail.outbox[0]
    assert letter.subject == "A new password for The Cinema"
    assert "Hello O'Neil" in letter.body and "https://cinema.example/s/cinema/new-password/" in letter.body
    assert "for 24 hours" in letter.body


def test_who_may_not_sign_in_or_has_no_address_gets_none(cinema):
    gone = Account.objects.create_user("gone", email="g@example.com", password="x", is_active=False)
    assert write(cinema, gone, Account.objects.create_user("bare", password="x")) == 0
    assert mail.outbox == []


def test_without_a_mail_server_the_letter_is_printed(cinema, settings, capsys):
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    assert write(cinema, Account.objects.create_user("ada", email="a@example.com", password="x")) == 1
    assert "/s/cinema/new-password/" in capsys.readouterr().out
