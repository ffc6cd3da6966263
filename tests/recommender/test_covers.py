"""Covers are drawn, varied and harmless."""

from xml.etree import ElementTree

import pytest

from recommender.covers import HUES, cover_svg


def test_the_same_item_always_has_the_same_cover():
    assert cover_svg("video", "Drama", "a") == cover_svg("video", "Drama", "a")


def test_covers_of_a_category_differ_from_item_to_item():
    assert len({cover_svg("video", "Drama", f"film-{n}") for n in range(200)}) > 190


def test_categories_choose_between_all_motifs():
    shapes = {tuple(e.tag for e in ElementTree.fromstring(cover_svg("news", f"c{n}", "a")).iter()) for n in range(60)}
    assert len(shapes) >= 5


@pytest.mark.parametrize("vertical", [*HUES, "books"])
def test_a_cover_is_well_formed_and_small(vertical):
    for n in range(100):
        svg = cover_svg(vertical, f"category {n}", f"item {n}")
        assert ElementTree.fromstring(svg).tag == "svg"
        assert len(svg) < 900


def test_nothing_of_an_items_words_is_in_its_cover():
    svg = cover_svg("video", "<script>", '"><script>alert(1)</script>\ud800')
    assert "script" not in svg


def test_each_vertical_keeps_to_its_hues():
    for vertical, (low, high) in HUES.items():
        grounds = [cover_svg(vertical, str(n), "x").split("oklch(")[1].split(")")[0] for n in range(50)]
        assert all(low <= float(ground.split()[2]) <= high for ground in grounds)


def test_a_page_of_one_category_is_no_wallpaper():
    def shapes(item: str) -> tuple[str, ...]:
        return tuple(element.tag for element in ElementTree.fromstring(cover_svg("video", "Comedy", item)).iter())

    drawn = [shapes(f"film-{n}") for n in range(60)]
    commonest = max(drawn.count(one) for one in set(drawn))
    assert len(set(drawn)) >= 4
    assert 20 <= commonest <= 40  # half of them still look like their category
