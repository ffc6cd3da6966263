"""Filters, boosts, variety and sparse items, as a customer's program asks for them."""

import pytest

from recommender import serving
from tests.catalog.api.clients import problem, product


def ids(response) -> list[str]:
    return [entry["id"] for entry in response.json()["data"]]


@pytest.fixture
def priced(api):
    mugs = [{"brand": "Acme"}, {"brand": "Bolt"}, {"stock": 0}, {}]
    api.post(
        "items/batch",
        [
            product(n, title=f"Green tea {n}", categories=["Tea"], price=500 * n, currency="EUR", tags=["leaf"])
            for n in range(1, 7)
        ]
        + [
            product(n, title=f"Blue mug {n}", categories=["Mugs"], price=500 * n, currency="EUR", attributes=attributes)
            for n, attributes in enumerate(mugs, 7)
        ],
    )
    serving.forget()
    return api


class TestFilter:
    @pytest.mark.parametrize(
        "condition, expected",
        [
            ("price < 1500", {"sku-1", "sku-2"}),
            ('category = "mugs" and price <= 4000', {"sku-7", "sku-8"}),
            ('brand in ("ACME", "bolt")', {"sku-7", "sku-8"}),
            ('id in ("sku-3", "sku-4")', {"sku-3", "sku-4"}),
            ('title = "blue mug 10"', {"sku-10"}),
            ('tag = "leaf" and not (price >= 1000)', {"sku-1"}),
            ("brand is present", {"sku-7", "sku-8"}),
            ('published_at > "2999-01-01"', set()),
        ],
    )
    def test_only_what_fits_is_answered_by_get_and_by_post(self, priced, condition, expected):
        assert set(ids(priced.get("recommendations", filter=condition, count="100"))) == expected
        assert set(ids(priced.post("recommendations", {"filter": condition, "count": 100}))) == expected

    def test_the_pool_widens_until_the_count_is_full(self, priced):
        priced.post("items/batch", [product(n, price=10, currency="EUR") for n in range(100, 400)])
        serving.forget()
        assert len(ids(priced.get("recommendations", filter='category = "Mugs"', count="3"))) == 3

    def test_similar_items_and_searches_are_filtered_too(self, priced):
        assert set(ids(priced.get("items/sku-1/similar", filter="price >= 2500"))) == {"sku-5", "sku-6"}
        assert set(ids(priced.get("search", q="mug", filter="price < 4000"))) == {"sku-7"}

    def test_what_a_filter_demands_does_not_give_way_as_words_do(self, priced):
        answer = priced.post("recommendations", {"text": "mugs under 30 euros", "filter": "price < 3600", "count": 5})
        assert all(entry["price"] < 3600 for entry in answer.json()["data"])

    def test_it_brings_back_nothing_that_may_not_be_shown(self, priced):
        priced.delete("items/sku-7")
        everything = 'price > 0 or price is missing or stock = 0 or id = "sku-7"'
        found = ids(priced.get("recommendations", filter=everything, exclude=["sku-1"], count="100"))
        assert found
        assert not {"sku-7", "sku-9", "sku-1"} & set(found), "withdrawn, out of stock, excluded"

    def test_a_changed_item_is_judged_anew(self, priced):
        assert ids(priced.get("recommendations", filter="price = 7777")) == []
        priced.patch("items/sku-2", {"price": 7777})
        serving.forget()
        assert ids(priced.get("recommendations", filter="price = 7777")) == ["sku-2"]

    def test_an_error_points_at_the_character(self, priced):
        fault = problem(priced.get("recommendations", filter="price < 3 and prise > 4"), 400, "invalid")["errors"][0]
        assert (fault["pointer"], fault["code"]) == ("?filter", "condition")
        sentence, line, caret = fault["detail"].split("\n")
        assert "no field 'prise'" in sentence and "(character 15)" in sentence
        assert line[caret.index("^") :].startswith("prise")

    def test_the_caret_stays_in_sight_in_a_long_condition(self, priced):
        long = " or ".join(["price < 3"] * 100) + " or prise < 4 or " + " or ".join(["price < 3"] * 50)
        fault = problem(priced.post("recommendations", {"filter": long}), 400, "invalid")["errors"][0]
        _sentence, line, caret = fault["detail"].split("\n")
        assert len(line) < 100
        assert line[caret.index("^") :].startswith("prise")

    @pytest.mark.parametrize("path", ["recommendations", "items/sku-1/similar", "search"])
    @pytest.mark.parametrize(
        "condition",
        [
            "(",
            "price <",
            'price = "x',
            "price < 1e999",
            "__class__ = 1",
            "price.real = 1",
            "_connector = OR",
            "x" * 2001,
            "(" * 400,
            "not " * 400,
            "' OR 1=1--",
            "price < " + "9" * 1900 + ".",
            'published_at > "9999-99-99"',
            "💥 < 3",
        ],
    )
    def test_what_is_no_condition_is_refused_everywhere(self, priced, path, condition):
        words = {"q": "tea"} if path == "search" else {}
        problem(priced.get(path, filter=condition, **words), 400, "invalid")

    def test_huge_numbers_and_odd_dates_are_answered(self, priced):
        assert ids(priced.get("recommendations", filter="price < " + "9" * 1900, count="1"))
        for date in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"):
            assert priced.get("recommendations", filter=f'published_at > "{date}"').status_code == 200


class TestBoost:
    def test_what_it_fits_moves_up_and_down(self, priced):
        plain = ids(priced.get("recommendations", count="100"))
        up = ids(priced.get("recommendations", boost=['10 if category = "Tea"'], count="100", diversity="0"))
        boost = [{"if": 'category = "Tea"', "by": 0.1}]
        down = ids(priced.post("recommendations", {"boost": boost, "count": 100, "diversity": 0}))
        tea = {f"sku-{n}" for n in range(1, 7)}
        assert set(plain) == set(up) == set(down)
        assert set(up[:6]) == tea == set(down[-6:])

    def test_similar_items_and_searches_take_it(self, priced):
        for path, words in (("search", {"q": "tea mug"}), ("items/sku-5/similar", {})):
            found = ids(priced.get(path, boost=["10 if price <= 500"], **words))
            assert found[0] == "sku-1"

    @pytest.mark.parametrize(
        "boost, pointer",
        [
            ([{"if": "prise < 3", "by": 2}], "/boost/0/if"),
            ([{"if": "price < 3", "by": 2}, {"if": "price <", "by": 2}], "/boost/1/if"),
            ([{"if": "price < 3", "by": 11}], "/boost/0/by"),
            ([{"if": "price < 3", "by": 0}], "/boost/0/by"),
            ([{"if": "price < 3"}], "/boost/0/by"),
            ([{"if": "price < 3", "by": 2, "than": 3}], "/boost/0/than"),
            ([{"if": "price < 3", "by": 2}] * 11, "/boost"),
            (["price < 3"], "/boost/0"),
            ("price < 3", "/boost"),
        ],
    )
    def test_a_wrong_one_is_refused_where_it_stands(self, priced, boost, pointer):
        answer = problem(priced.post("recommendations", {"boost": boost}), 400, "invalid")
        assert answer["errors"][0]["pointer"] == pointer, answer["errors"]

    @pytest.mark.parametrize(
        "boost", ["price < 3", "2", "2 if", "2 if prise < 3", "99 if price < 3", "-1 if price < 3"]
    )
    def test_a_wrong_parameter_is_refused(self, priced, boost):
        answer = problem(priced.get("recommendations", boost=[boost]), 400, "invalid")
        assert answer["errors"][0]["pointer"] == "?boost"


class TestFields:
    def test_items_show_the_fields_that_were_named_and_their_id(self, priced):
        answer = priced.get("recommendations", fields=["title", "price"], count="2").json()
        assert [set(entry) for entry in answer["data"]] == [{"id", "title", "price"}] * 2
        answer = priced.post("recommendations", {"fields": ["position"], "count": 2}).json()
        assert [entry["position"] for entry in answer["data"]] == [0, 1]
        assert set(answer["data"][0]) == {"id", "position"}

    def test_a_field_that_is_not_there_is_refused(self, priced):
        problem(priced.get("recommendations", fields=["titel"]), 400, "invalid")
        answer = problem(priced.post("recommendations", {"fields": ["title", "titel"]}), 400, "invalid")
        assert answer["errors"][0]["pointer"] == "/fields/1"


class TestDiversity:
    def test_none_is_the_order_of_the_scores_and_much_of_it_mixes_categories(self, stocked):
        # Everybody looked at tea, so by score alone the teas come first.
        none = ids(stocked.get("recommendations", diversity="0", count="4"))
        much = ids(stocked.get("recommendations", diversity="1", count="4"))
        mugs = {f"sku-{n}" for n in range(7, 11)}
        assert not mugs & set(none)
        assert len(mugs & set(much)) >= 1

    @pytest.mark.parametrize("value", ["-1", "1.1", "nan", "much", "1e0", "٠"])
    def test_it_lies_between_0_and_1(self, stocked, value):
        problem(stocked.get("recommendations", diversity=value), 400, "invalid")

    def test_bodies_are_held_to_the_same(self, stocked):
        answer = problem(stocked.post("recommendations", {"diversity": 2}), 400, "invalid")
        assert answer["errors"][0]["pointer"] == "/diversity"
