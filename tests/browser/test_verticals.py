"""What each vertical has of its own, as people meet it: with and without script."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from catalog.services import items_import

from .conftest import VERTICALS
from .test_storefront import faults_of

SCRIPTED = pytest.mark.parametrize("java_script_enabled", [True, False])


def storefront_with(slug: str, vertical: str, **settings) -> Storefront:
    """A storefront with the whole demo catalogue of its vertical, its newest item of today."""
    storefront = Storefront.objects.create(slug=slug, name=slug.title(), vertical=vertical, settings=settings)
    lines = (VERTICALS / vertical / "demo" / "items.jsonl").read_text().splitlines()
    report = items_import(storefront=storefront, records=[json.loads(line) for line in lines])
    assert report.created == len(lines)
    newest = Item.objects.filter(storefront=storefront).order_by("-published_at").first().published_at
    shift = timezone.now() - newest
    for item in Item.objects.filter(storefront=storefront):
        item.published_at += shift
        item.save(update_fields=["published_at"])
    return storefront


@pytest.fixture
def portal(transactional_db) -> Storefront:
    return storefront_with("portal", "health")


@pytest.fixture
def village(transactional_db) -> Storefront:
    storefront = storefront_with("village", "social")
    for entry in json.loads((VERTICALS / "social" / "demo" / "people.json").read_text()):
        Person.objects.create(
            storefront=storefront, external_id=entry["external_id"], attributes={"name": entry["attributes"]["name"]}
        )
    return storefront


@pytest.fixture
def cinema(transactional_db) -> Storefront:
    return storefront_with("cinema", "video")


@pytest.fixture
def shop(transactional_db) -> Storefront:
    storefront = storefront_with("shop", "ecommerce")
    machine, grinder = (
        Item.objects.get(external_id=name)
        for name in ("leva-58-lever-espresso-machine", "piccolo-compact-espresso-machine")
    )
    for number in range(3):
        person = Person.objects.create(storefront=storefront, external_id=f"p{number}")
        for item in (machine, grinder):
            Behaviour.objects.create(
                storefront=storefront,
                person=person,
                item=item,
                kind="purchase",
                occurred_at=timezone.now() - timedelta(days=1),
                event_id=f"{number}-{item.pk}",
            )
    return storefront


@SCRIPTED
def test_a_health_profile_is_asked_only_after_consent_and_changes_what_is_shown(portal, open_page, java_script_enabled):
    page = open_page("/s/portal/", java_script_enabled=java_script_enabled)
    page.get_by_role("link", name="Your profile").click()
    assert page.get_by_role("group", name="Conditions").count() == 0
    assert page.locator("input:checked").count() == 0
    page.get_by_label("Keep a health profile of me").check()
    page.get_by_role("button", name="Keep my answers").click()
    page.get_by_label("18 to 39").check()
    conditions = page.get_by_role("group", name="Conditions")
    conditions.get_by_label("None of these").check()
    page.get_by_role("group", name="Allergies").get_by_label("None of these").check()
    page.get_by_role("button", name="Keep my profile").click()
    page.get_by_text("Your profile is kept.").wait_for()
    person = Person.objects.get()
    assert person.attributes == {"age_group": "18_to_39", "conditions": [], "allergies": []}

    unsuitable = Item.objects.filter(attributes__contraindications__isnull=False).first()
    found = f"/s/portal/search/?q={unsuitable.title}"
    page.goto(found)
    assert page.locator(".card h3", has_text=unsuitable.title).count() == 1
    page.goto("/s/portal/profile/")
    page.get_by_role("button", name="Take everything back").click()
    page.get_by_text("Taken back.").wait_for()
    assert page.get_by_role("group", name="Conditions").count() == 0
    page.goto(found)
    assert page.locator(".card h3", has_text=unsuitable.title).count() == 0
    assert Person.objects.get().attributes == {}


@SCRIPTED
def test_a_question_is_answered_and_forgotten(portal, open_page, java_script_enabled):
    page = open_page("/s/portal/ask/", java_script_enabled=java_script_enabled)
    page.get_by_label("Your question").fill("How do I cook with less salt?")
    page.get_by_role("button", name="Ask", exact=True).click()
    page.get_by_role("heading", name="Pages that may answer it").wait_for()
    assert page.locator(".card").count() > 0
    assert not Person.objects.exists() and not Behaviour.objects.exists()


@SCRIPTED
def test_whoever_is_blocked_is_gone_from_the_next_page_and_comes_back(village, open_page, java_script_enabled):
    page = open_page("/s/village/", java_script_enabled=java_script_enabled)
    post = Item.objects.filter(attributes__author="ada.lindgren").order_by("-published_at").first()
    page.goto("/s/village/c/Allotment%2014/")
    theirs = page.locator(".post .by strong", has_text="Ada Lindgren")
    assert theirs.count() > 0
    page.goto(f"/s/village/item/{post.external_id}/")
    page.get_by_role("link", name="Ada Lindgren", exact=True).click()
    page.get_by_role("button", name="Block").click()
    page.get_by_text("Ada Lindgren is blocked").wait_for()
    for path in ("", "c/Allotment%2014/", "search/?q=bees", "following/"):
        page.goto(f"/s/village/{path}")
        assert theirs.count() == 0, path
    assert page.request.get(f"/s/village/item/{post.external_id}/").status == 404
    page.goto("/s/village/following/")
    page.get_by_role("button", name="Unblock").click()
    page.goto("/s/village/c/Allotment%2014/")
    assert theirs.count() > 0


@SCRIPTED
def test_following_somebody_fills_the_second_tab(village, open_page, java_script_enabled):
    page = open_page("/s/village/people/henk.visser/", java_script_enabled=java_script_enabled)
    page.get_by_role("button", name="Follow Henk Visser").click()
    page.goto("/s/village/")
    page.get_by_role("navigation", name="Feeds").get_by_role("link", name="Following").click()
    names = page.locator(".post .by strong").all_inner_texts()
    assert names and set(names) == {"Henk Visser"}


@SCRIPTED
def test_what_was_begun_stands_first_with_its_bar(cinema, open_page, java_script_enabled):
    page = open_page("/s/cinema/item/deep-current/", java_script_enabled=java_script_enabled)
    page.get_by_role("button", name="50%").click()
    page.goto("/s/cinema/")
    first = page.locator("section").first
    assert first.get_by_role("heading", level=2).inner_text() == "Continue watching"
    assert first.get_by_role("progressbar").get_attribute("value") == "50"
    first.get_by_role("heading", name="Deep Current").click()
    page.get_by_role("button", name="Mark as watched").click()
    page.get_by_text("Marked “Deep Current” as watched.").wait_for()
    page.goto("/s/cinema/")
    assert page.locator("section").first.get_by_role("heading", name="Deep Current: Thermocline").count() == 1


@SCRIPTED
def test_a_bundle_goes_into_the_cart_with_its_total_and_at_most_three_things_beside_it(
    shop, open_page, java_script_enabled
):
    page = open_page("/s/shop/item/leva-58-lever-espresso-machine/", java_script_enabled=java_script_enabled)
    total = page.locator(".bundle .price").inner_text()
    page.get_by_role("button", name="Put all 2 in the cart").click()
    page.get_by_text("2 items are in your cart.").wait_for()
    page.get_by_role("link", name="Cart", exact=True).click()
    assert page.locator("#total").inner_text() == total
    assert 0 < page.locator("section .card").count() <= 3
    page.get_by_role("button", name="Take Piccolo Compact Espresso Machine out").click()
    assert page.locator("#total").inner_text() == "€649.00"
    page.get_by_role("button", name="Buy", exact=True).click()
    page.get_by_role("button", name="Send Leva 58 Lever Espresso Machine back").click()
    done = Behaviour.objects.filter(person__anonymous=True).exclude(kind="view").order_by("id")
    kinds = ["cart", "cart", "remove_from_cart", "purchase", "return"]
    assert list(done.values_list("kind", flat=True)) == kinds


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_verticals_own_pages_are_accessible_and_fit(portal, village, cinema, shop, open_page, look):
    paper = storefront_with("paper", "news")
    story = Item.objects.filter(storefront=paper, attributes__story__isnull=False).first()
    page = open_page("/s/portal/profile/", look=look, color_scheme=look, width=360)
    page.get_by_label("Keep a health profile of me").check()
    page.get_by_role("button", name="Keep my answers").click()
    page.goto("/s/shop/item/leva-58-lever-espresso-machine/")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("status").get_by_text("is in your cart").wait_for()
    page.goto("/s/cinema/item/deep-current/")
    page.get_by_role("button", name="25%").click()
    for path in (
        "/s/portal/",
        "/s/portal/profile/",
        "/s/portal/ask/",
        "/s/portal/item/overnight-oats-with-grated-pear/",
        "/s/village/",
        "/s/village/following/",
        "/s/village/groups/",
        "/s/village/people/ada.lindgren/",
        "/s/village/item/the-bees-have-moved-into-the-compost/",
        "/s/paper/",
        f"/s/paper/item/{story.external_id}/",
        "/s/shop/cart/",
        "/s/cinema/",
        "/s/cinema/item/the-410-ferry-fog-schedule/",
    ):
        assert faults_of(page, path) == ""
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
