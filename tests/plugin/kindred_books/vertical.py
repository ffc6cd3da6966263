"""Books: what a bookshop offers, and what readers do."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import Placement, Vertical

from .rules import OldEnough
from .wording import history_text, item_text

ITEM_SCHEMA = Schema(
    (
        Field("author", "text", {"en": "Author", "zh-hans": "作者"}, searchable=True, facet=True),
        Field("pages", "integer", {"en": "Pages", "zh-hans": "页数"}, minimum=1),
        Field("minimum_age", "integer", {"en": "From age", "zh-hans": "最低年龄"}, minimum=0, maximum=130),
    )
)

PERSON_SCHEMA = Schema((Field("age", "integer", {"en": "Age", "zh-hans": "年龄"}, maximum=130, sensitive=True),))

# From the lightest touch to the strongest.
KINDS = (
    Kind("view", {"en": "Leafed through", "zh-hans": "翻阅"}, half_life=30, seen=False),
    Kind("read", {"en": "Read", "zh-hans": "阅读"}, weight=4),
    Kind("rating", {"en": "Rated", "zh-hans": "评分"}, weight=4, neutral_value=3, minimum=1, maximum=5),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    Kind("hide", {"en": "Hidden", "zh-hans": "不再推荐"}, weight=4, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "Read next", "zh-hans": "接着读"}),
    Placement("item", {"en": "More like this", "zh-hans": "相似内容"}, count=12),
)

VERTICAL = Vertical(
    slug="books",
    name={"en": "Books", "zh-hans": "图书"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    item_text=item_text,
    history_text=history_text,
    placements=PLACEMENTS,
    item_noun={"en": "book", "zh-hans": "图书"},
    reason={"en": "Because you opened {title}", "zh-hans": "因为你翻开过《{title}》"},
    reasons={"read": {"en": "Because you read {title}", "zh-hans": "因为你读过《{title}》"}},
    rules=(OldEnough(),),
    diversity_key=lambda item: item.attributes.get("author") or item.title,
    demo=Path(__file__).parent / "demo",
)
