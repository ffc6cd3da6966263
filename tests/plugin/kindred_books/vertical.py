"""Books: the smallest vertical that is still of use."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import EventView, ItemView, Placement, Vertical

PHRASES = {
    "en": {
        "view": "leafed through “{0.title}”",
        "read": "read “{0.title}”",
        "rating": "gave “{0.title}” {0.value} of 5",
        "search": "searched for “{0.text}”",
        "hide": "never wants to see “{0.title}” again",
    },
    "zh": {
        "view": "翻阅了《{0.title}》",
        "read": "读了《{0.title}》",
        "rating": "给《{0.title}》打了{0.value}分（满分5分）",
        "search": "搜索了“{0.text}”",
        "hide": "不想再看到《{0.title}》",
    },
}


def item_text(item: ItemView, language: str) -> str:
    author = item.attributes.get("author")
    if language.startswith("zh"):
        return f"《{item.title}》" + (f"，作者：{author}" if author else "") + f"。{item.text}"
    return item.title + (f" by {author}" if author else "") + f". {item.text}"


def history_text(events: Sequence[EventView], language: str) -> str:
    chinese = language.startswith("zh")
    phrases = PHRASES["zh" if chinese else "en"]
    told = [phrases[event.kind].format(event) for event in events if event.kind in phrases]
    if not told:
        return ""
    return "此人" + "，".join(told) + "。" if chinese else "The reader " + ", ".join(told) + "."


VERTICAL = Vertical(
    slug="books",
    name={"en": "Books", "zh-hans": "图书"},
    item_schema=Schema(
        (
            Field("author", "text", {"en": "Author", "zh-hans": "作者"}, searchable=True, facet=True),
            Field("pages", "integer", {"en": "Pages", "zh-hans": "页数"}, minimum=1),
        )
    ),
    person_schema=Schema(),
    kinds=(
        Kind("view", {"en": "Leafed through", "zh-hans": "翻阅"}, half_life=30, seen=False),
        Kind("read", {"en": "Read", "zh-hans": "阅读"}, weight=4),
        Kind("rating", {"en": "Rated", "zh-hans": "评分"}, weight=4, neutral_value=3, minimum=1, maximum=5),
        Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
        Kind("hide", {"en": "Hidden", "zh-hans": "不再推荐"}, weight=4, polarity="negative", hides=True),
    ),
    item_text=item_text,
    history_text=history_text,
    placements=(Placement("home", {"en": "Read next", "zh-hans": "接着读"}),),
    item_noun={"en": "book", "zh-hans": "图书"},
    reason={"en": "Because you opened {title}", "zh-hans": "因为你翻开过《{title}》"},
    demo=Path(__file__).parent / "demo",
)
