"""What the language side reads of advice and of what people did with it, in English and Simplified Chinese.

What an item must not be combined with, and everything in a person's profile, stays out: rules deal with it, and a
language model has no business with it. Events that are marked as sensitive stay out of histories.
"""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView
from recommender.language.phrases import history_sentence, language_code, sentences, shortened

READ_WHOLE = 0.9
READ_NONE = 0.1  # share below which it was only begun; the neutral value of the kind "read"

FORMS = {
    "en": {"article": "Article", "recipe": "Recipe", "course": "Course", "product": "Product"},
    "zh": {"article": "文章", "recipe": "食谱", "course": "课程", "product": "用品"},
}

PHRASES = {
    "en": {
        "view": "looked at “{title}”",
        "save": "saved “{title}”",
        "read": "read “{title}”",
        "read_part": "read {percent}% of “{title}”",
        "read_none": "began “{title}” and left",
        "like": "found “{title}” helpful",
        "use": "tried “{title}”",
        "review": "wrote about “{title}”: “{text}”",
        "search": "searched for “{text}”",
        "question": "asked “{text}”",
        "dismiss": "passed over “{title}”",
        "hide": "never wants to see “{title}” again",
    },
    "zh": {
        "view": "浏览了《{title}》",
        "save": "收藏了《{title}》",
        "read": "读完了《{title}》",
        "read_part": "读了《{title}》的{percent}%",
        "read_none": "点开《{title}》又离开了",
        "like": "觉得《{title}》有帮助",
        "use": "试过《{title}》",
        "review": "评价了《{title}》：“{text}”",
        "search": "搜索了“{text}”",
        "question": "提问“{text}”",
        "dismiss": "略过了《{title}》",
        "hide": "不想再看到《{title}》",
    },
}


def item_text(item: ItemView, language: str) -> str:
    """One piece of advice, recipe, course or product in a few sentences. What is not known is left out."""
    has = item.attributes.get
    code = language_code(language)
    form = FORMS[code].get(str(has("form")), "")
    if code == "zh":
        facts = [
            item.title,
            f"类型：{form}" if form else "",
            "主题：" + "、".join(item.categories) if item.categories else "",
            item.text,
            "关键词：" + "、".join(item.tags) if item.tags else "",
        ]
        return sentences(facts, language)
    facts = [
        item.title,
        f"{form} on {', '.join(item.categories)}" if form and item.categories else form or ", ".join(item.categories),
        item.text,
        "About: " + ", ".join(item.tags) if item.tags else "",
    ]
    return sentences(facts, language)


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events that may be told."""
    return history_sentence(events, language, _phrase)


def _phrase(event: EventView, code: str) -> str | None:
    if event.sensitive or event.kind not in PHRASES[code]:
        return None
    name = event.kind
    if name == "read" and event.value is not None and event.value < READ_WHOLE:
        name = "read_none" if event.value < READ_NONE else "read_part"
    return PHRASES[code][name].format(
        title=event.title,
        text=shortened(event.text),
        percent=round(100 * (event.value or 0)),
    )
