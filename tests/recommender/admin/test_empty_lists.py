"""A list without rows that nobody can add to says when there will be some."""

from __future__ import annotations

import pytest
from django.contrib import admin
from django.urls import reverse

from catalog.admin.access import ReadOnlyAdmin, ScopedAdmin

READ_ONLY = [
    model._meta.label_lower
    for model, page in admin.site._registry.items()
    if isinstance(page, ReadOnlyAdmin) and model._meta.model_name != "experiment"
]


@pytest.mark.parametrize("label", READ_ONLY)
def test_a_list_of_facts_says_when_the_first_appears(viewer, cinema, label):
    page = viewer.get(reverse(f"admin:{label.replace('.', '_')}_changelist"))
    said = str(page.context["cl"].model_admin.empty_words)
    assert said != str(ScopedAdmin.empty_words)
    html = page.content.decode()
    assert said.split(".")[0] in html
    assert "Create a new item" not in html


def test_a_search_without_a_hit_leads_back_to_everything(viewer, cinema):
    html = viewer.get(reverse("admin:recommender_alert_changelist"), {"q": "nothing like it"}).content.decode()
    assert "Nothing here fits" in html
    assert "Show everything" in html


def test_who_may_add_a_row_is_offered_that(admin_client, viewer, cinema):
    page = reverse("admin:recommender_segment_changelist")
    html = admin_client.get(page).content.decode()
    assert "Add segment" in html
    assert "Create a new item" not in html
    assert "No segment has been made yet" in viewer.get(page).content.decode()
    assert "Add segment" not in viewer.get(page).content.decode()


ADDED_BY_HAND = (
    "recommender_operatorrule",
    "catalog_item",
    "recommender_segment",
    "behaviour_person",
    "recommender_schedule",
    "catalog_apikey",
    "recommender_exploration",
)


@pytest.mark.parametrize("name", ADDED_BY_HAND)
def test_an_empty_list_that_operators_fill_says_what_it_is_for(admin_client, cinema, name):
    page = admin_client.get(reverse(f"admin:{name}_changelist"))
    assert page.context["cl"].model_admin.empty_words != ScopedAdmin.empty_words
