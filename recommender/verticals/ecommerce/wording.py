"""What the language side reads of products and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView
from recommender.language.phrases import history_sentence, language_code, sentences, shortened

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
    if language_code(language) == "zh":
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
        return sentences(facts, language)
    facts = [
        f"{item.title} by {has('brand')}" if has("brand") else item.title,
        ", ".join(item.categories),
        item.text,
        f"Material: {has('material')}" if has("material") else "",
        f"Colour: {has('colour')}" if has("colour") else "",
        f"Size: {has('size')}" if has("size") else "",
        "Tags: " + ", ".join(item.tags) if item.tags else "",
    ]
    return sentences(facts, language)


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events of the kinds known here."""
    return history_sentence(events, language, _phrase)


def _phrase(event: EventView, code: str) -> str | None:
    if event.kind not in PHRASES[code]:
        return None
    several = event.kind == "purchase" and (event.value or 1) > 1
    return PHRASES[code]["purchase_many" if several else event.kind].format(
        title=event.title,
        text=shortened(event.text),
        value=event.value or 0,
    )
