"""What the language model reads of books and of what readers did, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView

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
    """One book in a sentence or two. What is not known is left out."""
    author = item.attributes.get("author")
    if language.startswith("zh"):
        return f"《{item.title}》" + (f"，作者：{author}" if author else "") + f"。{item.text}"
    return item.title + (f" by {author}" if author else "") + f". {item.text}"


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first. Kinds that are no longer declared, and what is sensitive, are left out."""
    chinese = language.startswith("zh")
    phrases = PHRASES["zh" if chinese else "en"]
    told = [phrases[event.kind].format(event) for event in events if event.kind in phrases and not event.sensitive]
    if not told:
        return ""
    return "此人" + "，".join(told) + "。" if chinese else "The reader " + ", ".join(told) + "."
