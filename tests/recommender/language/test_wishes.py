"""What a sentence asks for, in English and Chinese, of two small catalogues."""

from __future__ import annotations

import numpy as np
import pytest

from catalog.schema import Field, Schema
from recommender.language import wishes
from recommender.language.wishes import Chip, Wish, understand
from recommender.language.wishes_vocabulary import vocabulary_of

FILMS = Schema(
    (
        Field("year", "integer", {"en": "Year"}, facet=True),
        Field("duration", "integer", {"en": "Minutes"}),
        Field("country", "text", {"en": "Country"}, facet=True),
        Field("age_rating", "choice", choices=("all", "18"), choice_labels={"18": {"en": "Adults", "zh-hans": "成人"}}),
        Field("subtitled", "boolean", {"en": "Subtitles", "zh-hans": "字幕"}, facet=True),
        Field("secret", "text", facet=True, sensitive=True),
    )
)
GENRES = ["Horror", "Comedy", "Romance", "War", "Science Fiction", "Children's", "Thriller", "Drama"]


class Rows:
    """Columns out of a list of dictionaries."""

    def __init__(self, rows: list[dict]):
        self.rows = rows

    def numbers(self, name: str) -> np.ndarray:
        return np.array([row.get(name, np.nan) for row in self.rows], dtype=np.float64)

    def labels(self, name: str) -> list[list[str]]:
        return [list(map(str, row.get(name, []))) for row in self.rows]


@pytest.fixture(scope="module")
def films():
    rows = [
        {
            "category": [GENRES[n % 8]],
            "year": 1980 + n % 40,
            "duration": 61 + n,
            "country": ["France" if n % 2 else "Japan"],
            "age_rating": ["18"] if n % 2 else ["all"],
            "subtitled": ["true"] if n % 3 else ["false"],
            "secret": ["hush"],
            "tag": ["slow burn"] if n % 5 == 0 else [],
        }
        for n in range(100)
    ]
    return vocabulary_of(FILMS, Rows(rows))


@pytest.fixture(scope="module")
def goods():
    rows = [
        {"category": ["Coffee & Tea" if n % 2 else "Kitchen"], "price": 100.0 * (n + 1), "colour": ["red"]}
        for n in range(100)
    ] + [{"material": ["cotton and leather"]}, {"material": ["leather"]}]
    schema = Schema((Field("colour", "text", facet=True), Field("material", "text", searchable=True)))
    schema = Schema((*schema.fields, Field("weight_grams", "integer", {"en": "Weight (g)"})))
    return vocabulary_of(schema, Rows(rows), "EUR")


def understood(text: str, vocabulary, **options) -> list[tuple]:
    return [
        ("not " * chip.negated + chip.field, chip.op, chip.value)
        for chip in understand(text, vocabulary, **options).chips
    ]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("less than two hours", [("duration", "lte", 120)]),
        ("under 90 min", [("duration", "lte", 90)]),
        ("no more than an hour and a half", [("duration", "lte", 90)]),
        ("1h30 or less", [("duration", "lte", 90)]),
        ("a hundred and twenty minutes at most", [("duration", "lte", 120)]),
        ("at least twenty five minutes", [("duration", "gte", 25)]),
        ("2 to 3 hours", [("duration", "between", (120, 180))]),
        ("不超过两小时", [("duration", "lte", 120)]),
        ("一个半小时以内", [("duration", "lte", 90)]),
        ("半小时以上", [("duration", "gte", 30)]),
        ("from the 90s", [("year", "between", (1990, 1999))]),
        ("from the nineties", [("year", "between", (1990, 1999))]),
        ("九十年代的", [("year", "between", (1990, 1999))]),
        ("90年代", [("year", "between", (1990, 1999))]),
        ("between 1990 and 2000", [("year", "between", (1990, 2000))]),
        ("从1990到2000年", [("year", "between", (1990, 2000))]),
        ("before 2000", [("year", "lte", 1999)]),
        ("after 1985", [("year", "gte", 1986)]),
        ("since 1985", [("year", "gte", 1985)]),
        ("from 2010 on", [("year", "gte", 2010)]),
        ("in 1994", [("year", "between", (1994, 1994))]),
        ("1994年", [("year", "between", (1994, 1994))]),
        ("2000年以前", [("year", "lte", 2000)]),
        ("before the 80s", [("year", "lte", 1979)]),
    ],
)
def test_numbers_in_words_and_digits_become_bounds(films, text, expected):
    assert understood(text, films) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("under 20 euros", [("price", "lte", 2000)]),
        ("under 20", [("price", "lte", 2000)]),
        ("€19.50 or less", [("price", "lte", 1950)]),
        ("between 20 and 50 euros", [("price", "between", (2000, 5000))]),
        ("for 30 euros", [("price", "lte", 3000)]),
        ("20欧元以内", [("price", "lte", 2000)]),
        ("over 1,000 euros", [("price", "gte", 100_000)]),
    ],
)
def test_money_comes_in_minor_units(goods, text, expected):
    assert understood(text, goods) == expected


@pytest.mark.parametrize("text", ["under 20 dollars", "less than two hours", "20块以内", "at most 500 kcal"])
def test_what_the_catalogue_cannot_be_asked_is_said_and_not_guessed(goods, text):
    wish = understand(text, goods)
    assert wish.chips == () and wish.unmatched == (text,)


@pytest.mark.parametrize(
    "text, expected, strict",
    [
        ("short", ("duration", "lte", 94), False),
        ("very short", ("duration", "lte", 76), False),
        ("a long film", ("duration", "gte", 127), False),
        ("not too long", ("duration", "lte", 120), True),
        ("nothing too short", ("duration", "gte", 101), True),
        ("不要太长", ("duration", "lte", 120), True),
        ("不太长的", ("duration", "lte", 120), True),
        ("短一点的", ("duration", "lte", 94), True),
    ],
)
def test_words_without_a_number_are_measured_by_the_catalogue(films, text, expected, strict):
    chip = understand(text, films).chips[0]
    assert (chip.field, chip.op, chip.value, chip.strict) == (*expected, strict)


@pytest.mark.parametrize(
    "text, expected",
    [
        ("horror", [("category", "eq", "Horror")]),
        ("comedies", [("category", "eq", "Comedy")]),
        ("a romantic sci-fi film", [("category", "eq", "Romance"), ("category", "eq", "Science Fiction")]),
        ("comedy or romance", [("category", "in", ("Comedy", "Romance"))]),
        ("喜剧或爱情片", [("category", "in", ("Comedy", "Romance"))]),
        ("for children", [("category", "eq", "Children's")]),
        ("from france", [("country", "eq", "France")]),
        ("slow burn", [("tag", "eq", "slow burn")]),
        ("with subtitles", [("subtitled", "eq", "true")]),
        ("成人", [("age_rating", "eq", "18")]),
        ("something scary", [("category", "eq", "Horror")]),
        ("hush", []),
    ],
)
def test_labels_are_found_by_every_name(films, text, expected):
    assert understood(text, films) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("not horror", [("not category", "eq", "Horror")]),
        ("no horror or war, please", [("not category", "eq", "Horror"), ("not category", "eq", "War")]),
        (
            "anything but horror, thriller or war",
            [("not category", "eq", "Horror"), ("not category", "eq", "Thriller"), ("not category", "eq", "War")],
        ),
        ("no horror, comedy please", [("not category", "eq", "Horror"), ("category", "eq", "Comedy")]),
        ("a drama without violence", [("category", "eq", "Drama"), ("not meaning", "about", "violence")]),
        ("I don't like war films but comedy", [("not category", "eq", "War"), ("category", "eq", "Comedy")]),
        ("不要恐怖片和战争片", [("not category", "eq", "Horror"), ("not category", "eq", "War")]),
        ("除了恐怖片都可以", [("not category", "eq", "Horror")]),
        ("睡不好怎么办", []),
        ("凌晨醒来睡不着", []),
        ("看不懂的悬疑片", []),
        ("片子不血腥", [("not meaning", "about", "血腥")]),
        ("not only comedies", [("category", "eq", "Comedy")]),
        ("no subtitles", [("not subtitled", "eq", "true")]),
    ],
)
def test_refusals_reach_as_far_as_they_are_meant(films, text, expected):
    assert understood(text, films) == expected


def test_refusing_a_part_of_a_label_refuses_every_label_that_has_it(goods):
    assert understood("nothing made of leather", goods) == [("not material", "in", ("leather", "cotton and leather"))]


def test_what_goes_with_a_label_is_preferred_and_its_name_is_demanded(films):
    assert [chip.strict for chip in understand("spooky", films).chips] == [False]
    assert [chip.strict for chip in understand("horror", films).chips] == [True]


def test_what_was_refused_or_compared_is_no_meaning(films):
    wish = understand("something light for a rainy evening, not too long, but not horror", films)
    assert wish.meaning == "something light for a rainy evening"
    assert wish.words == "light rainy evening"
    assert wish.loose == ("light", "rainy evening")


def test_small_words_alone_mean_nothing(films):
    assert understand("shorter, please", films).meaning == ""


@pytest.mark.parametrize("text", ["Blade Runner 2049", "茶杯", "the long goodbye of Under the sea"])
def test_titles_stay_whole(films, text):
    assert understand(text, films).meaning == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I wake at four and cannot fall asleep again", []),
        ("I don't fall", []),
        ("after a fall", ["falls"]),
        ("falls at home", ["falls"]),
        ("I cannot sleep", ["sleep"]),  # the label's own spelling, whatever it is here
    ],
)
def test_what_is_done_is_not_taken_for_a_label_that_is_only_spelled_like_it(text, expected):
    labels = vocabulary_of(Schema(()), Rows([{"tag": ["falls", "sleep"]}]))
    assert [value for _field, _op, value in understood(text, labels)] == expected


def test_a_part_of_a_chinese_word_is_no_label(goods):
    assert understood("茶杯", goods) == []
    assert understood("茶", goods) == [("category", "eq", "Coffee & Tea")]


class TestFollowUps:
    def test_the_newer_word_on_a_matter_counts_and_the_rest_stands(self, films):
        wish = understand("a comedy, at most 100 minutes", films)
        wish = understand("under 90 minutes", films, before=wish)
        assert [(chip.field, chip.value) for chip in wish.chips] == [("category", "Comedy"), ("duration", 90)]

    def test_shorter_goes_below_the_bound_that_holds(self, films):
        wish = understand("not too long", films)
        shorter = understand("shorter", films, before=wish).chips[0].value
        even = understand("更短一点", films, before=understand("shorter", films, before=wish)).chips[0].value
        assert wish.chips[0].value > shorter > even

    def test_shorter_without_a_bound_goes_below_what_was_shown(self, films):
        assert understand("shorter", films, reference={"duration": 150}).chips[0].value < 150

    def test_cheaper_and_less_expensive_are_the_same(self, goods):
        assert (
            understand("cheaper", goods, reference={"price": 5000}).chips[0].value
            == understand("less expensive", goods, reference={"price": 5000}).chips[0].value
            < 5000
        )

    def test_a_label_that_is_refused_later_is_no_longer_wished_for(self, films):
        wish = understand("but not horror", films, before=understand("horror or war", films))
        assert [(chip.negated, chip.value) for chip in wish.chips] == [(True, "Horror")]

    def test_meaning_is_carried_on(self, films):
        wish = understand("in the rain", films, before=understand("a quiet evening", films))
        assert wish.meaning == "a quiet evening, in the rain"

    def test_a_wish_survives_json(self, films):
        import json

        wish = understand("comedy or romance from the 90s, no violence", films)
        again = wishes.wish_from(json.loads(json.dumps(wish.record())))
        assert (
            wishes.merged(again, Wish()).record() == json.loads(json.dumps(wish.record())) or again.chips == wish.chips
        )


class TestChips:
    ROWS = Rows(
        [
            {"category": ["Horror"], "year": 1990, "duration": 90, "price": 10},
            {"category": ["Comedy"], "year": 2000, "duration": 120, "price": 20},
            {"category": []},
        ]
    )

    def fits(self, *parts, **rest) -> list[bool]:
        return wishes.fits(Chip(*parts, **rest), self.ROWS.numbers, self.ROWS.labels).tolist()

    def test_an_item_without_a_value_fits_no_bound_and_every_refusal(self):
        assert self.fits("duration", "lte", 100) == [True, False, False]
        assert self.fits("year", "between", (1995, 2005)) == [False, True, False]
        assert self.fits("category", "eq", "Horror") == [True, False, False]
        assert self.fits("category", "in", ("Horror",), negated=True) == [False, True, True]

    def test_bounds_of_ours_give_way_first_and_refusals_never(self):
        chips = [
            Chip("category", "eq", "Comedy"),
            Chip("duration", "lte", 100, vague=True),
            Chip("year", "gte", 1995),
            Chip("category", "eq", "Horror", negated=True),
        ]
        masks = [wishes.fits(chip, self.ROWS.numbers, self.ROWS.labels) for chip in chips]
        kept, gone = wishes.relax(chips, masks, lambda mask: int(mask.sum()), 1)
        assert (kept, gone) == ([0, 2, 3], [1])
        kept, gone = wishes.relax(chips, masks, lambda mask: int(mask.sum()), 3)
        assert (kept, gone) == ([3], [1, 2, 0])

    @pytest.mark.parametrize(
        "record, fault",
        [
            ({"field": "duration", "op": "near", "value": 1}, "op must be"),
            ({"field": "nonsense", "op": "lte", "value": 1}, "no number here"),
            ({"field": "duration", "op": "lte", "value": "long"}, "Expected a number"),
            ({"field": "duration", "op": "lte", "value": float("nan")}, "Expected a number"),
            ({"field": "duration", "op": "between", "value": [1]}, "pair"),
            ({"field": "secret", "op": "eq", "value": "hush"}, "no label here"),
            ({"field": "category", "op": "in", "value": []}, "1 to 100"),
            ({"field": "category", "op": "eq", "value": "Horror", "negated": "yes"}, "true or false"),
            ({"field": "category", "op": "about", "value": "x"}, "about"),
        ],
    )
    def test_a_wrong_chip_is_refused_in_a_sentence(self, films, record, fault):
        with pytest.raises(ValueError, match=fault):
            wishes.chip_from(record, films)

    @pytest.mark.parametrize(
        "text, language, expected",
        [
            ("at most 100 minutes", "en", "at most 100 minutes"),
            ("at most 100 minutes", "zh-hans", "不超过100分钟"),
            ("from the 90s", "en", "1990–1999"),
            ("before 2000", "en", "up to 1999"),
            ("not horror", "zh-hans", "不要Horror"),
            ("comedy or war", "en", "Comedy or War"),
            ("adults", "zh-hans", "成人"),
            ("subtitles", "zh-hans", "字幕"),
        ],
    )
    def test_chips_read_in_both_languages(self, films, text, language, expected):
        chip = understand(text, films).chips[0]
        assert wishes.label(chip, films, language, lambda minor, currency: f"{minor} {currency}") == expected

    def test_what_understanding_makes_can_be_sent_back(self, films):
        for chip in understand("comedy or war from the 90s, not too long, no violence, no horror", films).chips:
            again = wishes.chip_from({**chip.record(), "value": chip.value}, films)
            assert (again.field, again.op, again.value, again.negated) == (
                chip.field,
                chip.op,
                chip.value,
                chip.negated,
            )


@pytest.mark.parametrize(
    "text", ["", "   ", "not", "under", "between", "a" * 500, "不" * 200, "((((", "0" * 400, "5 5 5 5", "\u202e"]
)
def test_odd_words_break_nothing(films, text):
    understand(text, films)
