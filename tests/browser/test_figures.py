"""The pages of figures in a real browser: what moves, what opens, and what stops."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Person
from behaviour.services import behaviours_record
from catalog.models import Item, Storefront
from recommender.jobs.measuring import measures_update

LIVE = reverse("admin:recommender_recommendation_live")
POLL = 8_000  # milliseconds within which a change must show: the page asks every two seconds


@pytest.fixture
def shop(transactional_db) -> Storefront:
    shop = Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
    Item.objects.create(storefront=shop, external_id="mug", title="Stoneware mug", text="A mug.")
    Person.objects.create(storefront=shop, external_id="ann")
    Account.objects.create_superuser("admin", password="test")
    record(shop, "first")
    measures_update(storefront_id=shop.pk)
    return shop


def record(shop: Storefront, event_id: str) -> None:
    event = {"event_id": event_id, "person": "ann", "item": "mug", "kind": "view"}
    behaviours_record(storefront=shop, records=[{**event, "occurred_at": timezone.now().isoformat()}])


@pytest.fixture
def signed_in(shop, open_page):
    def at(path: str, **options):
        page = open_page(reverse("admin:index"), **options)
        page.fill("[name=username]", "admin")
        page.fill("[name=password]", "test")
        page.click("[type=submit]")
        page.wait_for_url(f"**{reverse('admin:index')}")
        page.goto(path)
        return page

    return at


def test_a_figure_says_what_it_means_at_a_click(signed_in):
    page = signed_in(reverse("admin:index"))
    meaning = page.get_by_text("opened within 30 minutes, divided by lists seen")
    assert not meaning.is_visible()
    page.get_by_role("button", name="What is meant by Click-through rate").click()
    meaning.wait_for(state="visible")
    assert page.locator(".rx-kpi").count() == 8
    assert page.complaints == []


def test_the_stream_follows_along_until_it_is_paused(signed_in, shop):
    page = signed_in(LIVE)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.headers.get("hx-request") else None)
    record(shop, "second")
    page.get_by_text('"event_id": "second"').wait_for(state="attached", timeout=POLL)
    page.get_by_role("link", name="Pause").click()
    page.get_by_text("Paused.").wait_for()
    times = len(asked)
    page.wait_for_timeout(3_000)
    assert len(asked) == times


def test_the_stream_does_not_ask_while_nobody_looks(signed_in):
    page = signed_in(LIVE)
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.headers.get("hx-request") else None)
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    page.wait_for_timeout(500)
    asked.clear()
    page.wait_for_timeout(3_500)
    assert asked == []


def test_the_builder_writes_a_condition_and_counts_who_fits(signed_in, shop):
    page = signed_in(reverse("admin:recommender_segment_add"))
    page.select_option("#id_storefront", str(shop.pk))
    page.locator("[data-part=field]").select_option("view_30d")
    page.locator("[data-part=operator]").select_option(">=")
    page.fill("[data-part=value]", "1")
    page.click("[data-part=add]")
    assert page.input_value("#id_condition") == "view_30d >= 1"
    page.locator("#condition-count strong", has_text="1").wait_for(timeout=POLL)
    page.fill("[data-part=value]", "5")
    page.click("[data-part=add]")
    assert page.input_value("#id_condition") == "view_30d >= 1 and view_30d >= 5"
    page.locator("#condition-count strong", has_text="0").wait_for(timeout=POLL)
    assert page.complaints == []


@pytest.mark.parametrize("path", [reverse("admin:index"), LIVE, reverse("admin:recommender_segment_add")])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_a_page_fits_a_phone_and_passes_axe(signed_in, path, look):
    from axe_playwright_python.sync_playwright import Axe

    page = signed_in(path, width=390, color_scheme=look)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    found = Axe().run(page, context=".rx-kpis, .rx-charts, #live, .rx-builder")
    assert found.violations_count == 0, found.generate_report()
