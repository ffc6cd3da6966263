"""Nothing moves by itself under a reader's eyes, on any kind of page of any vertical."""

from __future__ import annotations

import pytest

from .places import VERTICALS
from .vitals import MOST_SHIFT, observe, scroll_through, vitals_of


@pytest.mark.parametrize("vertical", VERTICALS)
def test_nothing_moves_while_a_page_loads_and_is_scrolled(vertical, place, open_page):
    here = place(vertical)
    moved = {}
    for width, height in ((1280, 900), (390, 844)):
        page = open_page("/", width=width, height=height)
        observe(page)
        for path in ("/", *here.pages):
            page.goto(path, wait_until="networkidle")
            scroll_through(page, height)
            found = vitals_of(page)
            assert found.lcp > 0, path  # else nothing was observed
            if found.cls > MOST_SHIFT:
                moved[width, path] = (round(found.cls, 3), found.moved)
    assert moved == {}


def test_lists_come_even_to_whoever_jumps_to_the_end(place, open_page):
    page = open_page(place("social").home)
    before = page.locator("#feed h2").count()
    page.keyboard.press("End")
    page.locator("#feed h2").nth(before).wait_for()
