"""A vertical may bring templates of its own, and errors look like the rest of the site."""

from dataclasses import replace

import pytest
from django.template.loader import render_to_string
from django.test import Client

from recommender import registry
from recommender.storefront import rendering


def test_a_verticals_templates_override_the_storefronts_own(world, visitor, tmp_path, monkeypatch):
    (tmp_path / "storefront").mkdir()
    (tmp_path / "storefront" / "card.html").write_text("<li>our own card of {{ card.title }}</li>")
    video = replace(registry.vertical("video"), templates=str(tmp_path))
    monkeypatch.setattr(rendering.registry, "vertical", lambda slug: video)
    page = visitor.get("/s/cinema/c/Drama/").content.decode()
    assert "our own card of Drama 0" in page
    assert 'role="search"' in page  # what it does not override stays


@pytest.mark.parametrize("template", ["404.html", "500.html"])
def test_error_pages_need_no_context(template):
    page = render_to_string(template)
    assert 'href="/"' in page and "storefront.css" in page


def test_a_form_without_its_token_gets_a_page_that_says_what_to_do(world):
    answer = Client(enforce_csrf_checks=True).post("/s/cinema/act/film-0/", {"kind": "like", "token": "a"})
    assert answer.status_code == 403
    assert "This form has expired" in answer.content.decode()


def test_a_page_is_kept_by_no_shared_cache(world, visitor):
    assert visitor.get("/s/cinema/")["Cache-Control"] == "private, no-cache"


def test_pages_carry_no_inline_style_and_no_inline_script(world, visitor):
    for path in ("/", "/s/cinema/", "/s/cinema/item/film-0/", "/s/cinema/search/?q=drama", "/s/cinema/c/Drama/"):
        page = visitor.get(path).content.decode()
        assert " style=" not in page and "<style" not in page, path
        assert page.count("<script") == page.count("<script src="), path
