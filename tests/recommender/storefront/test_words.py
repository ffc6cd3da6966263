"""What pages say, and how: nouns, ages, days, and the words of an account."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timesince import timesince
from django.utils.translation import override

from behaviour.models import Account
from catalog.models import Item, Storefront
from recommender.storefront.nouns import counted, nouns

NOON = timezone.make_aware(timezone.datetime(2026, 11, 24, 12, 5))


@pytest.mark.parametrize(
    ("language", "day", "moment"),
    [("en", "24 November 2026", "24 November 2026, 12:05"), ("zh-hans", "2026年11月24日", "2026年11月24日 12:05")],
)
def test_days_and_moments_are_written_one_way(language, day, moment):
    with override(language):
        assert date_format(NOON, "DATE_FORMAT") == day
        assert date_format(NOON, "MOMENT_FORMAT") == moment


@pytest.mark.parametrize(("days", "age"), [(1, "1 天"), (35, "1 个月"), (400, "1 年")])
def test_ages_in_chinese_are_no_dates(days, age):
    with override("zh-hans"):
        assert timesince(NOON - timedelta(days=days), NOON, depth=1).replace("\xa0", " ") == age


@pytest.mark.parametrize(
    ("vertical", "one", "many", "chinese"),
    [("video", "1 film", "1,681 films", "1,681 部影片"), ("ecommerce", "1 product", "1,681 products", "1,681 件商品")],
)
def test_what_is_counted_goes_by_the_noun_of_the_vertical(vertical, one, many, chinese):
    storefront = Storefront(slug="a", name="A", vertical=vertical)
    assert [counted(storefront, 1, "en"), counted(storefront, 1681, "en")] == [one, many]
    assert counted(storefront, 1681, "zh-hans") == chinese
    assert nouns(storefront, "en") == many.removeprefix("1,681 ")


def test_a_plugin_need_not_say_how_its_things_are_counted(monkeypatch):
    from dataclasses import replace

    from recommender import registry

    films = registry.vertical("video")
    bare = replace(films, item_noun={"en": "poem", "zh-hans": "诗"}, item_nouns={})
    monkeypatch.setattr(registry, "vertical", lambda slug: bare)
    storefront = Storefront(slug="a", name="A", vertical="video")
    assert [counted(storefront, number, "en") for number in (1, 2)] == ["1 poem", "2 poems"]
    assert counted(storefront, 2, "zh-hans") == "2 个诗"


def test_a_topic_says_how_many_films_it_has(world, visitor):
    html = visitor.get("/s/cinema/c/Drama/").content.decode()
    assert " films</p>" in html and '<h2 class="sr">Films</h2>' in html


def test_a_shop_keeps_a_wish_list_and_calls_it_nothing_else(db, visitor, press):
    shop = Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
    Item.objects.create(storefront=shop, external_id="cup", title="Cup", categories=["Kitchen"])
    assert ">Wish list</a>" in visitor.get("/s/shop/").content.decode()
    assert "Nothing is on your wish list yet" in visitor.get("/s/shop/saved/").content.decode()
    press("like", item="cup", storefront="shop")
    page = visitor.get("/s/shop/saved/").content.decode()
    assert "<h1>Wish list</h1>" in page and "1 product, only for you to see" in page
    assert "Take off the wish list" in page and "Saved" not in page


def test_what_was_taken_back_is_named(world, visitor, press):
    press("save")
    answer = visitor.post("/s/cinema/unsave/film-0/", {"card": "1"}, headers={"HX-Request": "true"})
    assert "took back what you did with" in answer["HX-Trigger"] and "Drama 0" in answer["HX-Trigger"]


@pytest.mark.parametrize(("before", "said"), [(False, "Welcome, ada.<"), (True, "What you did here is now yours.")])
def test_only_who_did_something_before_is_told_that_it_is_theirs(world, visitor, press, before, said):
    if before:
        press("like")
    data = {"username": "ada", "password1": "correct horse", "password2": "correct horse"}
    page = visitor.post("/s/cinema/sign-up/", data, follow=True).content.decode()
    assert said in page and ("is now yours" in page) is before


def test_the_name_stays_in_the_form_after_too_many_tries(world, visitor):
    Account.objects.create_user("ada", password="correct horse")
    for _try in range(11):
        page = visitor.post("/s/cinema/sign-in/", {"username": "ada", "password": "wrong"})
    assert page.status_code == 429 and 'value="ada"' in page.content.decode()
