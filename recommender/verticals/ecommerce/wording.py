"""What the language side reads of products and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from recommender.contracts import EventView, ItemView

TEXT_LENGTH = 200  # characters of a review or a search that go into a history

# A context is whatever a client sent. Only the values known here become words.
DEVICES = {
    "en": {"phone": "on a phone", "tablet": "on a tablet", "desktop": "on a computer"},
    "zh": {"phone": "用手机", "tablet": "用平板", "desktop": "用电脑"},
}
PARTS_OF_DAY = {
    "en": {
        "morning": "in the morning",
        "afternoon": "in the afternoon",
        "evening": "in the evening",
        "night": "at night",
    },
    "zh": {"morning": "早上", "afternoon": "下午", "evening": "晚上", "night": "深夜"},
}

PHRASES = {
    "en": {
        "view": "looked at “{title}”",
        "click": "clicked on “{title}”",
        "like": "put “{title}” on the wish list",
        "cart": "put “{title}” in the cart",
        "purchase": "bought “{title}”",
        "purchase_many": "bought {value:g} of “{title}”",
        "rating": "rated “{title}” {value:g} of 5",
        "review": "wrote about “{title}”: “{text}”",
        "search": "searched for “{text}”",
        "remove_from_cart": "took “{title}” out of the cart",
        "dismiss": "passed over “{title}”",
        "return": "sent “{title}” back",
        "hide": "never wants to see “{title}” again",
    },
    "zh": {
        "view": "浏览了“{title}”",
        "click": "点击了“{title}”",
        "like": "把“{title}”加入了心愿单",
        "cart": "把“{title}”加入了购物车",
        "purchase": "购买了“{title}”",
        "purchase_many": "购买了{value:g}件“{title}”",
        "rating": "给“{title}”打了{value:g}分（满分5分）",
        "review": "评价了“{title}”：“{text}”",
        "search": "搜索了“{text}”",
        "remove_from_cart": "把“{title}”移出了购物车",
        "dismiss": "略过了“{title}”",
        "return": "退回了“{title}”",
        "hide": "不想再看到“{title}”",
    },
}


def item_text(item: ItemView, language: str) -> str:
    """One product in a few sentences. What is not known is left out; stock is, because it changes by the hour."""
    has = item.attributes.get
    if _chinese(language):
        facts = [
            item.title,
            f"品牌：{has('brand')}" if has("brand") else "",
            "分类：" + "、".join(item.categories) if item.categories else "",
            item.text,
            f"材质：{has('material')}" if has("material") else "",
            f"颜色：{has('colour')}" if has("colour") else "",
            f"尺寸：{has('size')}" if has("size") else "",
            "标签：" + "、".join(item.tags) if item.tags else "",
        ]
        return _sentences(facts, stop="。", gap="")
    facts = [
        f"{item.title} by {has('brand')}" if has("brand") else item.title,
        ", ".join(item.categories),
        item.text,
        f"Material: {has('material')}" if has("material") else "",
        f"Colour: {has('colour')}" if has("colour") else "",
        f"Size: {has('size')}" if has("size") else "",
        "Tags: " + ", ".join(item.tags) if item.tags else "",
    ]
    return _sentences(facts, stop=".", gap=" ")


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events of the kinds known here.

    Neighbours with the same device and part of the day share one mention of it.
    """
    code = "zh" if _chinese(language) else "en"
    known = [event for event in events if event.kind in PHRASES[code]]
    groups = [
        (setting, [_phrase(event, code) for event in group])
        for setting, group in groupby(known, key=lambda event: _setting(event, code))
    ]
    if not groups:
        return ""
    if code == "zh":
        return "此人" + "；".join("".join(setting) + "，".join(phrases) for setting, phrases in groups) + "。"
    return "The person " + "; ".join(", ".join([*phrases, *setting]) for setting, phrases in groups) + "."


def _phrase(event: EventView, code: str) -> str:
    several = event.kind == "purchase" and (event.value or 1) > 1
    text = event.text
    return PHRASES[code]["purchase_many" if several else event.kind].format(
        title=event.title,
        text=text if len(text) <= TEXT_LENGTH else text[:TEXT_LENGTH] + "…",
        value=event.value or 0,
    )


def _setting(event: EventView, code: str) -> list[str]:
    known = [
        PARTS_OF_DAY[code].get(str(event.context.get("part_of_day"))),
        DEVICES[code].get(str(event.context.get("device"))),
    ]
    return [words for words in known if words]


def _sentences(facts: Sequence[str], stop: str, gap: str) -> str:
    """One after the other, each closed by `stop` unless it closes itself."""
    return gap.join(fact if fact[-1] in ".!?。！？" else fact + stop for fact in facts if fact)


def _chinese(language: str) -> bool:
    return language.lower().startswith("zh")
