"""Films and series: what a video site offers and what people do there."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import ItemView, Placement, Quotes, Vertical

from .series import NextParts, profile
from .wording import history_text, item_text

# Nothing is required: MovieLens, for one, knows only a title, a year and genres. Genres are categories.
ITEM_SCHEMA = Schema(
    (
        Field("year", "integer", {"en": "Year", "zh-hans": "年份"}, minimum=1870, maximum=2200, facet=True),
        Field("duration", "integer", {"en": "Minutes", "zh-hans": "时长（分钟）"}, minimum=1),
        Field("episodes", "integer", {"en": "Episodes", "zh-hans": "集数"}, minimum=1),
        Field("directors", "list", {"en": "Directors", "zh-hans": "导演"}, searchable=True, facet=True),
        Field("cast", "list", {"en": "Cast", "zh-hans": "演员"}, searchable=True),
        Field("country", "text", {"en": "Country", "zh-hans": "国家／地区"}, facet=True),
        Field("series", "text", {"en": "Series", "zh-hans": "系列"}, searchable=True, facet=True),
        # Where it stands in its series; without it the year decides what comes next.
        Field("part", "integer", {"en": "Part", "zh-hans": "部／集"}, minimum=1),
        Field(
            "age_rating",
            "choice",
            {"en": "Age rating", "zh-hans": "适合年龄"},
            choices=("all", "6", "12", "16", "18"),
            choice_labels={
                "all": {"en": "All ages", "zh-hans": "全年龄"},
                "6": {"en": "6 and over", "zh-hans": "6 岁以上"},
                "12": {"en": "12 and over", "zh-hans": "12 岁以上"},
                "16": {"en": "16 and over", "zh-hans": "16 岁以上"},
                "18": {"en": "18 and over", "zh-hans": "18 岁以上"},
            },
            facet=True,
        ),
    )
)

PERSON_SCHEMA = Schema(
    (
        Field("age", "integer", {"en": "Age", "zh-hans": "年龄"}, minimum=0, maximum=130, sensitive=True),
        Field("gender", "text", {"en": "Gender", "zh-hans": "性别"}, sensitive=True),
        Field("occupation", "text", {"en": "Occupation", "zh-hans": "职业"}),
        Field("postcode", "text", {"en": "Postcode", "zh-hans": "邮政编码"}, sensitive=True),
    )
)

# From the lightest touch to the strongest.
KINDS = (
    Kind("view", {"en": "Opened the page", "zh-hans": "打开页面"}, weight=1.0, half_life=14, seen=False),
    Kind("save", {"en": "Saved for later", "zh-hans": "加入片单"}, weight=2.0, half_life=60, seen=False, saves=True),
    Kind("like", {"en": "Liked", "zh-hans": "点赞"}, weight=3.0, half_life=180, seen=False),
    # The value is the share watched, sent once playback stops. Who leaves within the first tenth has
    # looked and said no.
    Kind(
        "watch",
        {"en": "Watched", "zh-hans": "观看"},
        weight=3.0,
        half_life=180,
        neutral_value=0.1,
        minimum=0.0,
        maximum=1.0,
    ),
    # Half stars from 0.5 to 5. The step between "it was all right" (3) and "no" (2) is the neutral one, so
    # that 3 and up speak for a film and 2 and down against it; 2.5 says nothing.
    Kind(
        "rating",
        {"en": "Rated", "zh-hans": "评分"},
        weight=4.0,
        half_life=365,
        neutral_value=2.5,
        minimum=0.5,
        maximum=5.0,
    ),
    # Its stars come as a rating of their own; what the words say is for the language side to read.
    Kind("review", {"en": "Wrote a review", "zh-hans": "撰写影评"}, polarity="neutral"),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    Kind(
        "dismiss",
        {"en": "Not now", "zh-hans": "暂不感兴趣"},
        weight=1.0,
        half_life=30,
        polarity="negative",
        seen=False,
    ),
    Kind("hide", {"en": "Hidden", "zh-hans": "不再推荐"}, weight=4.0, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "For you", "zh-hans": "为你推荐"}, count=20, fresh=1),
    Placement("item", {"en": "More like this", "zh-hans": "相似影片"}, count=12, fresh=1),
    Placement("search", {"en": "Search", "zh-hans": "搜索"}, count=20, fresh=0),
)


def diversity_key(item: ItemView) -> str:
    """Parts of one series count as alike, and so do films of the same first genre."""
    first_genre = item.categories[0] if item.categories else item.title
    return item.attributes.get("series") or first_genre


VERTICAL = Vertical(
    slug="video",
    name={"en": "Films and series", "zh-hans": "影视"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    goals=("watch",),
    item_text=item_text,
    history_text=history_text,
    quotes=Quotes(("review",)),
    placements=PLACEMENTS,
    item_noun={"en": "film", "zh-hans": "影片"},
    # True whether the person watched, saved, rated or only opened it.
    reason={"en": "Because {title} caught your eye", "zh-hans": "因为你看过《{title}》的介绍"},
    reasons={
        "watch": {"en": "Because you watched {title}", "zh-hans": "因为你看过《{title}》"},
        "rating": {"en": "Because you rated {title}", "zh-hans": "因为你给《{title}》打过分"},
        "like": {"en": "Because you liked {title}", "zh-hans": "因为你喜欢《{title}》"},
        "save": {"en": "Because you saved {title}", "zh-hans": "因为你收藏了《{title}》"},
    },
    sources=(NextParts(),),
    source_reasons={
        "next_parts": {"en": "Next in a series that you watch", "zh-hans": "你在看的系列的下一部"},
    },
    diversity_key=diversity_key,
    profile=profile,
    demo=Path(__file__).parent / "demo",
)
