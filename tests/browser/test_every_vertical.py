"""What every storefront promises, in a browser, on one of each vertical."""

from __future__ import annotations

import gzip

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache

from behaviour.models import Account, Behaviour, Person
from recommender.models import Impression

from .places import VERTICALS

WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SERIOUS = {"serious", "critical"}
KIB = 1024


@pytest.fixture(params=VERTICALS)
def here(request, place):
    cache.clear()
    return place(request.param)


def agree(page, here) -> None:
    """Where consent comes first, nothing follows anybody before it."""
    page.goto(f"{here.home}privacy/")
    if page.get_by_role("button", name="Turn it on").count():
        page.get_by_role("button", name="Turn it on").click()
        page.wait_for_load_state()
    page.goto(here.home)


def menu(page, card: int = 0):
    """Open the menu of a card; returns its name."""
    opener = page.locator(".card .more").nth(card)
    opener.scroll_into_view_if_needed()
    opener.click()
    return page.locator(".menu:popover-open > .name").inner_text()


def gzipped(answer) -> int:
    return len(gzip.compress(answer.body()))


def grave(page, path: str) -> list[str]:
    page.goto(path)
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}}).response["violations"]
    return [f"{path} {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found if one["impact"] in SERIOUS]


def test_it_works_as_it_should(here, open_page):
    """One browser, one visit: the server and its model cost more than the clicks."""
    page = open_page("/")
    agree(page, here)

    # Browse: the first shelf is in the page, what came into sight is written down, others come as they are reached.
    headings = page.locator("#feed h2").all_inner_texts()
    page.wait_for_timeout(2_600)
    if page.locator(".more-shelves").count():  # a newsroom's page stands whole: it says what it is about
        page.mouse.wheel(0, 4_000)
        page.locator("#feed h2").nth(len(headings)).wait_for()
    assert Impression.objects.filter(storefront=here.storefront).exists()

    # Act: the lists change and say after what.
    page.goto(here.home)
    name = menu(page, 1)
    page.get_by_role("button", name="More like this").click()
    page.locator(".shelf header p", has_text=f"Updated after you asked for more like “{name}”.").first.wait_for()
    assert "Updated after" in page.locator("#live").text_content()
    assert page.get_by_role("heading", name="For you", exact=True).count()

    # Why: a true reason, in the menu itself.
    page.reload()
    menu(page)
    page.get_by_role("link", name="Why this?").click()
    page.locator(".menu:popover-open .because").wait_for()
    assert page.locator(".menu:popover-open .because p").first.inner_text()
    page.keyboard.press("Escape")

    # Not interested, and back.
    name = menu(page)
    page.get_by_role("button", name="Not interested").click()
    page.locator(".gone", has_text="Hidden. Fewer from").wait_for()
    assert Behaviour.objects.filter(kind="hide", item__title=name).exists()
    page.locator(".gone").get_by_role("button", name="Undo").click()
    page.get_by_role("heading", name=name).first.wait_for()
    assert not Behaviour.objects.filter(kind="hide").exists()

    # Describe what you want.
    page.get_by_role("searchbox").fill(f"something like {here.title}")
    page.get_by_role("searchbox").press("Enter")
    page.locator(".card h3", has_text=here.title).first.wait_for()

    assert page.complaints == []


def test_onboarding_sign_up_and_erasing(here, open_page):
    page = open_page(f"{here.home}welcome/")
    tiles = page.locator(".tile input")
    assert 16 <= tiles.count() <= 20
    for number in range(3):
        tiles.nth(number).check()
    if page.locator("[name=agree]").count():
        page.locator("[name=agree]").check()
    else:
        page.locator("#preview li").first.wait_for()
    page.get_by_role("button", name="Use these").click()
    page.get_by_role("heading", name="For you", exact=True).wait_for()

    page.get_by_role("link", name="Sign in").click()
    page.get_by_role("link", name="Sign up").click()
    page.get_by_label("Name").fill("ada")
    page.get_by_label("Password", exact=True).fill("correct horse battery")
    page.get_by_label("Password confirmation").fill("correct horse battery")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_text("Welcome, ada.").wait_for()
    person = Person.objects.get(account__username="ada")
    assert person.behaviours.filter(kind="more").count() == 3

    page.get_by_role("link", name="Personalised", exact=True).click()
    page.get_by_role("link", name="Erase my data").click()
    page.get_by_label("Yes, erase it.").check()
    page.get_by_label("Close my account").check()
    page.get_by_role("button", name="Erase", exact=True).click()
    page.get_by_text("is erased, in every storefront").wait_for()
    assert not Account.objects.exists() and not Person.objects.filter(pk=person.pk).exists()
    assert page.complaints == []


def test_without_script_browsing_acting_and_searching_work(here, open_page):
    page = open_page("/", java_script_enabled=False)
    agree(page, here)
    if page.get_by_role("link", name="Show all shelves").count():
        page.get_by_role("link", name="Show all shelves").click()
    assert page.locator("#feed h2").count() > 2
    page.goto(here.home)
    name = menu(page, 1)
    page.get_by_role("button", name="More like this").click()
    page.get_by_text(f"Updated after you asked for more like “{name}”.").wait_for()
    menu(page)
    page.get_by_role("link", name="Why this?").click()
    page.locator("main .because").wait_for()
    page.goto(here.home)
    name = menu(page)
    page.get_by_role("button", name="Not interested").click()
    page.get_by_text("will not be recommended to you again").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back").wait_for()
    page.get_by_role("searchbox").fill(here.title)
    page.get_by_role("searchbox").press("Enter")
    assert page.locator(".card h3").first.inner_text() == here.title


def test_pages_keep_to_their_budget_and_are_accessible(here, open_page):
    page = open_page("/")
    agree(page, here)
    answers, sizes = {}, {}
    page.on("response", lambda answer: answers.update({answer.url: answer}))
    for path in here.pages:
        answers.clear()
        assert page.goto(path, wait_until="networkidle").status == 200, path
        sent = {url: answer for url, answer in answers.items() if url.startswith("http") and "/seen/" not in url}
        # What a list on reveal brings is no part of the page: the first window may reach the second shelf.
        own = {url: answer for url, answer in sent.items() if "/shelves/" not in url}
        for url, answer in own.items():
            sizes[url] = sizes[url] if answer.status == 304 else gzipped(answer)  # 304: the browser has it still
        whole = {url: sizes[url] for url in own}
        assert len(whole) <= 5, (path, list(whole))
        assert whole[page.url] <= 35 * KIB, (path, whole)
        assert sum(size for url, size in whole.items() if url.endswith(".css")) <= 14 * KIB
        assert sum(size for url, size in whole.items() if url.endswith(".js")) <= 21 * KIB
        # No web fonts, and a way to the other language.
        assert not [url for url in whole if url.endswith((".woff", ".woff2", ".ttf"))]
        assert page.get_by_role("button", name="中文").first.is_visible()
    found = []
    for look in ("light", "dark"):
        page.emulate_media(color_scheme=look)
        page.goto(here.home)
        page.locator(f"button[name=look][value={look}]").click()
        page.wait_for_load_state()
        found += [f"{look} {fault}" for path in here.pages for fault in grave(page, path)]
    assert found == []
