"""Texts that models worded: operators read them, and take away what should not stand there."""

from __future__ import annotations

import pytest
from django.urls import reverse

from recommender.models import GeneratedText

LIST = reverse("admin:recommender_generatedtext_changelist")


@pytest.fixture
def text(cinema) -> GeneratedText:
    return GeneratedText.objects.create(storefront=cinema, kind="summary", key="a", language="en", text="Worded")


def page(row: GeneratedText, name: str) -> str:
    return reverse(f"admin:recommender_generatedtext_{name}", args=[row.pk])


def test_a_text_is_read_and_not_written(admin_client, text):
    response = admin_client.get(page(text, "change"))
    assert "Worded" in response.content.decode()
    assert admin_client.post(page(text, "change"), {"text": "Other"}).status_code == 403
    text.refresh_from_db()
    assert text.text == "Worded"


def test_one_is_taken_away(admin_client, text):
    admin_client.post(page(text, "delete"), {"post": "yes"})
    assert not GeneratedText.objects.exists()


def test_several_are_taken_away(admin_client, text):
    wish = {"action": "delete_selected", "_selected_action": [text.pk], "post": "yes"}
    admin_client.post(LIST, wish)
    assert not GeneratedText.objects.exists()


def test_a_viewer_takes_nothing_away(viewer, text):
    assert viewer.post(page(text, "delete"), {"post": "yes"}).status_code == 403
    assert "delete_selected" not in viewer.get(LIST).content.decode()
    assert GeneratedText.objects.exists()
