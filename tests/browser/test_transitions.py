"""One page fades into the next: shortly, within a storefront only, and never where somebody asked for less motion."""

from __future__ import annotations

import pytest

LONGEST = 200  # milliseconds; what design allows any motion

REVEALED = """
addEventListener("pagereveal", ({ viewTransition }) => {
  window.revealed = viewTransition
    ? viewTransition.ready.then(() => document.getAnimations().map((one) => one.effect.getComputedTiming().endTime))
    : null;
});
"""


@pytest.fixture
def visit(open_page):
    """`visit("no-preference")` → a cinema's front page that keeps how long each page after it took to be revealed."""

    def visit(motion: str):
        page = open_page("/s/cinema/", reduced_motion=motion)
        page.add_init_script(REVEALED)
        return page

    return visit


def follow(page, name: str):
    """Press a link and wait for its page: the lengths of what moved, or None where nothing did."""
    before = page.url
    page.get_by_role("link", name=name, exact=True).first.click()
    page.wait_for_url(lambda url: url != before)
    return page.evaluate("window.revealed")


def test_a_page_fades_into_the_next_in_a_moment(site, visit):
    page = visit("no-preference")
    lengths = follow(page, "How it works")
    assert lengths and max(lengths) <= LONGEST
    page.go_back()
    page.wait_for_load_state("networkidle")
    assert page.complaints == []


def test_nothing_fades_for_whoever_asked_for_less_motion(site, visit):
    page = visit("reduce")
    assert follow(page, "How it works") is None
    assert page.complaints == []


@pytest.mark.parametrize("address", ["/admin/login/", "/s/shop/", "/"])
def test_leaving_a_storefront_for_another_place_is_no_fade_and_no_fault(site, visit, address):
    page = visit("no-preference")
    page.evaluate("address => { location.href = address }", address)
    page.wait_for_url(f"**{address}")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.revealed") is None
    assert page.complaints == []


def test_a_form_that_leads_on_is_no_fault(site, visit):
    page = visit("no-preference")
    page.get_by_role("button", name="中文").first.click()
    page.get_by_role("button", name="English").first.wait_for()
    assert page.complaints == []
