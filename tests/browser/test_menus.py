"""The menu of a card and the reasons that it shows: whole within the window, whatever its size."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect


def test_when_a_topic_is_hidden_the_other_cards_of_it_go_with_it_and_come_back(site, open_page):
    page = open_page("/s/shop/")
    marks = page.locator("#feed .card .more").evaluate_all("all => all.map(one => one.dataset.in.split('|').at(-1))")
    topic = next(one for one in marks if marks.count(one) > 1)
    of_it = page.locator(f'#feed .card:has(.more[data-in$="{topic}"]):visible')
    before = of_it.count()
    of_it.first.locator(".more").click()
    page.get_by_role("button", name=f"Hide {topic}", exact=True).click()
    page.get_by_text(f"Nothing from {topic}").first.wait_for()
    assert of_it.count() == 0
    page.locator(".card.gone").get_by_role("button", name="Undo").click()
    of_it.first.wait_for()
    assert of_it.count() >= 1 and before > 1
    assert page.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (1280, 600), (390, 844), (360, 640)])
def test_personalisation_can_be_turned_off_from_the_reasons_without_scrolling(site, open_page, width, height):
    page = open_page("/s/cinema/browse-as/", width=width, height=height)
    page.get_by_role("button", name="The regular").click()
    cards = page.locator("#feed .card")
    for card in (cards.nth(0), cards.nth(1), cards.nth(4)):
        card.locator(".more").click()
        menu = page.locator(".menu:popover-open")
        menu.get_by_role("link", name="Why this?").click()
        off = menu.get_by_role("button", name="Turn off personalisation")
        expect(off).to_be_in_viewport(ratio=1)  # the menu finds its side of the button a frame after its content
        box, whole = off.bounding_box(), menu.bounding_box()
        assert box["y"] >= whole["y"] and box["y"] + box["height"] <= min(height, whole["y"] + whole["height"])
        assert whole["x"] > 0 and whole["x"] + whole["width"] < width
        page.keyboard.press("Escape")
