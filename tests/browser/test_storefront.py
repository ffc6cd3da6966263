"""The storefront as people meet it: with and without script, in light and dark, wide and narrow."""

from __future__ import annotations

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe

from behaviour.models import Behaviour
from catalog.models import Item

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PAGES = [
    "/",
    "/s/cinema/",
    "/s/shop/",
    "/s/cinema/item/deep-current/",
    "/s/shop/item/leva-58-lever-espresso-machine/",
    "/s/cinema/search/?q=sea",
    "/s/cinema/search/?q=zzzz",
    "/s/cinema/c/Drama/",
    "/s/shop/browse-as/",
    "/s/nowhere/",
]


def faults_of(page, path: str) -> str:
    """What axe finds wrong; empty if nothing."""
    page.goto(path)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
    return f"{path}\n{found.generate_report()}" if found.violations_count else ""


def browse_as(page, slug: str) -> None:
    page.goto(f"/s/{slug}/browse-as/")
    page.get_by_role("button", name="The regular").click()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_every_page_is_accessible(site, open_page, look):
    page = open_page("/", look=look, color_scheme=look)
    for path in PAGES:
        assert faults_of(page, path) == ""
    for slug, item in (("cinema", "deep-current"), ("shop", "leva-58-lever-espresso-machine")):
        browse_as(page, slug)
        assert faults_of(page, f"/s/{slug}/") == ""
        assert faults_of(page, f"/s/{slug}/item/{item}/#why") == ""


def test_no_page_breaks_the_security_policy(site, open_page):
    page = open_page("/")
    browse_as(page, "cinema")
    for path in PAGES[:-1]:
        page.goto(path)
    page.goto("/s/cinema/item/deep-current/")
    page.get_by_role("button", name="Like", exact=True).click()
    page.get_by_role("status").get_by_text("You liked").wait_for()
    assert page.complaints == []


@pytest.mark.parametrize("width", [320, 360, 640, 1280])
def test_nothing_is_wider_than_the_window(site, open_page, width):
    page = open_page("/", width=width)
    Item.objects.filter(external_id="deep-current").update(title="Donaudampfschifffahrtsgesellschaftskapitän" * 3)
    browse_as(page, "cinema")
    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.parametrize("width", [390, 1280])
def test_what_a_visitor_agreed_to_has_room_to_be_read(site, open_page, width):
    page = open_page("/s/shop/privacy/", width=width)
    words = page.locator(".sheet .lines li > span").first
    row = page.locator(".sheet .lines li").first
    assert words.bounding_box()["width"] >= row.bounding_box()["width"] / 2


@pytest.mark.parametrize("width", [360, 1280])
def test_what_counts_has_half_the_page_to_be_read_in(site, open_page, width):
    page = open_page("/s/shop/how-it-works/", width=width)
    answer = page.locator(".details dd").first.bounding_box()["width"]
    assert answer >= page.locator(".details").first.bounding_box()["width"] * 0.45


@pytest.mark.parametrize("width", [360, 390, 1280])
def test_the_button_of_a_header_stands_beside_the_brand(site, open_page, width):
    page = open_page("/", width=width)
    for path in ("/", "/s/cinema/", "/s/shop/"):
        page.goto(path)
        brand, button = (page.locator(f".top {part}").bounding_box() for part in (".brand", ".button"))
        assert brand["y"] == pytest.approx(button["y"], abs=4), path
        # The page's own margin, and no more, is left at its right.
        assert width - (button["x"] + button["width"]) <= 45, path


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_storefront_of_the_first_page_can_be_read(site, open_page, scheme):
    for storefront in (site.cinema, site.shop):
        storefront.settings = {**storefront.settings, "tagline": "What it is about."}
        storefront.save()
    assert faults_of(open_page("/", color_scheme=scheme), "/") == ""


def test_targets_are_large_enough_for_a_finger(site, open_page):
    page = open_page("/s/shop/item/leva-58-lever-espresso-machine/", width=390)
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, input:not([type=hidden]), summary, nav a, .brand, .card > a")]
        .filter(e => e.checkVisibility()).map(e => [e.outerHTML.slice(0, 90), e.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 43.5).map(([html]) => html)"""
    )
    # Links in a row of links are as wide as their words; they are as high as a finger.
    assert [html for html in small if not html.startswith("<a")] == []


@pytest.mark.parametrize("path", ["/s/cinema/", "/s/shop/", "/s/shop/item/leva-58-lever-espresso-machine/"])
def test_a_page_keeps_to_its_budget(site, open_page, path):
    page = open_page("/")
    browse_as(page, "cinema")
    browse_as(page, "shop")
    sizes = {}
    page.on("response", lambda answer: sizes.update({answer.url: answer}))
    page.goto(path, wait_until="networkidle")
    # What a list on reveal brings is no part of the page, nor is what tells that an item was seen.
    own = {url: answer for url, answer in sizes.items() if url.startswith("http")}
    own = {url: answer for url, answer in own.items() if "/shelves/" not in url and "/seen/" not in url}
    loaded = {url: len(gzip.compress(answer.body())) for url, answer in own.items()}
    assert len(loaded) <= 5, list(loaded)
    assert loaded[page.url] <= 35 * 1024
    assert sum(size for url, size in loaded.items() if url.endswith(".css")) <= 14 * 1024
    assert sum(size for url, size in loaded.items() if url.endswith(".js")) <= 21 * 1024


@pytest.mark.parametrize("slug", ["cinema", "shop"])
def test_a_page_keeps_to_its_budget_with_every_list_revealed(site, open_page, slug):
    page = open_page("/")
    browse_as(page, slug)
    sizes = []

    def pass_on(route) -> None:
        # Read on the way: the browser does not keep what was swapped in for long.
        answer = route.fetch()
        sizes.append(len(gzip.compress(answer.body())))
        route.fulfill(response=answer)

    page.route("**/shelves/**", pass_on)
    first = page.goto(f"/s/{slug}/", wait_until="networkidle")
    while place := page.query_selector(".more-shelves"):
        # It may be on its way already; what counts is that it was replaced by what it stood for.
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        page.wait_for_function("place => !place.isConnected", arg=place)
    assert sizes
    assert len(gzip.compress(first.body())) + sum(sizes) <= 35 * 1024, sizes


class TestWithScript:
    def test_hiding_a_card_says_so_in_its_place_and_undo_brings_it_back(self, site, open_page):
        page = open_page("/s/shop/")
        title = page.locator(".card h3").first.inner_text()
        page.get_by_role("button", name=f"More about {title}").click()
        page.get_by_role("button", name="Not interested").click()
        page.get_by_text("will not be recommended to you again").first.wait_for()
        assert Behaviour.objects.filter(kind="hide", item__title=title).exists()
        assert "Hidden" in page.get_by_role("status").inner_text()
        assert page.evaluate("document.activeElement.innerText") == "Undo"
        page.get_by_role("button", name="Undo").click()
        page.get_by_role("heading", name=title).wait_for()
        assert not Behaviour.objects.filter(kind="hide").exists()

    def test_undo_does_not_lie_under_the_message_that_came_with_it(self, site, open_page):
        page = open_page("/s/shop/", width=390, height=640)
        card = page.locator(".card").nth(2)
        # The card ends at the lower edge of the window, where the message comes up.
        card.evaluate("card => scrollTo({ top: scrollY + card.getBoundingClientRect().bottom - innerHeight })")
        card.locator(".more").click()
        page.get_by_role("button", name="Not interested").click()
        undo = page.get_by_role("button", name="Undo")
        undo.wait_for()
        page.wait_for_timeout(300)
        assert undo.bounding_box()["y"] + undo.bounding_box()["height"] <= page.locator("#toast").bounding_box()["y"]

    def test_acting_on_an_item_changes_its_page_without_leaving_it(self, site, open_page):
        page = open_page("/s/cinema/item/deep-current/")
        page.evaluate("window.stayed = true")
        page.get_by_role("button", name="4 stars").click()
        page.get_by_role("status").get_by_text("You rated").wait_for()
        assert page.get_by_role("button", name="4 stars").get_attribute("aria-pressed") == "true"
        assert page.get_by_role("heading", name="Next for you").is_visible()
        page.get_by_text("Why this?", exact=True).first.click()
        assert "Nothing is stored about you" not in page.locator("#why").inner_text()
        assert page.evaluate("window.stayed")

    def test_a_request_that_fails_says_so(self, site, open_page):
        page = open_page("/s/cinema/item/deep-current/")
        page.route("**/act/**", lambda route: route.abort())
        page.get_by_role("button", name="Like", exact=True).click()
        page.get_by_role("status").get_by_text("did not reach us").wait_for()

    def test_the_menu_opens_and_closes_by_keyboard(self, site, open_page):
        page = open_page("/s/cinema/")
        opener = page.locator(".more").first
        opener.focus()
        page.keyboard.press("Enter")
        page.get_by_role("link", name="Why this?").wait_for()
        page.keyboard.press("Escape")
        assert page.get_by_role("link", name="Why this?").count() == 0
        assert page.evaluate("document.activeElement.className") == "more"

    def test_reasons_that_come_too_late_do_not_take_the_place_of_the_menu(self, site, open_page):
        page = open_page("/s/cinema/")
        waiting = []
        page.route("**/why/**", lambda route: waiting.append(route))
        page.locator(".more").first.click()
        with page.expect_request("**/why/**"):
            page.get_by_role("link", name="Why this?").click()
        page.keyboard.press("Escape")
        with page.expect_response("**/why/**") as answer:
            waiting[0].continue_()
        answer.value.finished()
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        page.locator(".more").first.click()
        page.get_by_role("button", name="More like this").wait_for()


class TestWithoutScript:
    def test_browsing_acting_and_searching_work(self, site, open_page):
        page = open_page("/", java_script_enabled=False)
        page.get_by_role("link", name="Cinema").click()
        page.locator(".card > a").first.click()
        title = page.get_by_role("heading", level=1).inner_text()
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_text(f"Saved “{title}” for later.").wait_for()
        assert page.get_by_role("button", name="Saved").is_visible()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back").wait_for()
        assert page.get_by_role("button", name="Save", exact=True).is_visible()
        page.get_by_role("searchbox").fill(title)
        page.get_by_role("searchbox").press("Enter")
        assert page.locator(".card h3").first.inner_text() == title

    def test_hiding_and_undoing_work(self, site, open_page):
        page = open_page("/s/shop/", java_script_enabled=False)
        title = page.locator(".card h3").first.inner_text()
        page.get_by_role("button", name=f"More about {title}").click()
        page.get_by_role("button", name="Not interested").click()
        page.get_by_text("will not be recommended to you again").wait_for()
        assert title not in page.locator(".card h3").all_inner_texts()
        page.get_by_role("button", name="Undo").click()
        page.get_by_text("Taken back").wait_for()
        assert title in page.locator(".card h3").all_inner_texts()

    def test_language_and_look_are_chosen_in_the_footer(self, site, open_page):
        page = open_page("/s/cinema/", java_script_enabled=False)
        page.get_by_role("button", name="简体中文").click()
        assert page.locator("html").get_attribute("lang") == "zh-hans"
        page.locator("button[name=look][value=light]").click()
        assert page.locator("html").get_attribute("data-theme") == "light"


def test_video_is_dark_until_the_visitor_chooses(site, open_page):
    page = open_page("/s/cinema/", color_scheme="light")
    scheme = "getComputedStyle(document.documentElement).colorScheme"
    assert page.evaluate(scheme) == "dark"
    page.get_by_role("button", name="Light", exact=True).click()
    page.wait_for_load_state()
    assert page.evaluate(scheme) == "light"
