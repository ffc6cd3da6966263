"""Somebody who forgot their password comes back in, without script as with it."""

from __future__ import annotations

import re

import pytest
from django.core import mail

from behaviour.models import Account
from recommender.jobs.letters import new_password_mail
from recommender.storefront import passwords

OLD, NEW = "correct horse battery", "a battery of correct horses"


@pytest.fixture
def letters(monkeypatch, live_server):
    """The worker's part is done at once."""

    def do(account_ids, storefront_id, language, site):
        new_password_mail(account_ids=account_ids, storefront_id=storefront_id, language=language, site=site)

    monkeypatch.setattr(passwords, "letters_request", do)
    return mail.outbox


@pytest.mark.parametrize("script", [True, False])
def test_a_forgotten_password_is_replaced_by_the_link_in_a_letter(place, open_page, letters, script):
    home = place("video").home
    page = open_page(f"{home}sign-up/", java_script_enabled=script)
    page.get_by_label("Name").fill("ada")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password", exact=True).fill(OLD)
    page.get_by_label("Password confirmation").fill(OLD)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_role("button", name="Sign out").click()

    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_role("button", name="Send me the link").click()
    page.get_by_text("a letter to it is on its way").wait_for()

    page.goto(re.search(r"http://\S+", letters[0].body)[0])
    page.get_by_label("New password", exact=True).fill(NEW)
    page.get_by_label("New password confirmation").fill(NEW)
    page.get_by_role("button", name="Use this password").click()
    page.get_by_text("Your new password holds.").wait_for()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password").fill(NEW)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_text("Hello, ada.").wait_for()

    page.goto(f"{home}privacy/")
    page.get_by_text("ada@example.com").wait_for()
    page.get_by_role("button", name="Remove the address").click()
    page.get_by_text("Your e-mail address is removed.").wait_for()
    assert Account.objects.get().email == ""
    assert page.complaints == []
