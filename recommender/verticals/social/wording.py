"""What the language side reads of posts and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView
from recommender.language.phrases import history_sentence, language_code, sentences, shortened

FORMS = {
    "en": {"note": "Note", "photo": "Photo", "question": "Question", "event": "Event", "link": "Link"},
    "zh": {"note": "随笔", "photo": "照片", "question": "提问", "event": "活动", "link": "链接"},
}

PHRASES = {
    "en": {
        "view": "opened “{title}”",
        "save": "saved “{title}”",
        "like": "liked “{title}”",
        "share": "passed on “{title}”",
        "comment": "commented on “{title}”: “{text}”",
        "search": "searched for “{text}”",
        "dismiss": "passed over “{title}”",
        "hide": "never wants to see “{title}” again",
    },
    "zh": {
        "view": "打开了“{title}”",
        "save": "收藏了“{title}”",
        "like": "赞了“{title}”",
        "share": "转发了“{title}”",
        "comment": "评论了“{title}”：“{text}”",
        "search": "搜索了“{text}”",
        "dismiss": "略过了“{title}”",
        "hide": "不想再看到“{title}”",
    },
}


def item_text(item: ItemView, language: str) -> str:
    """One post in a few sentences, with its group and without its author: a model is to learn of topics, not names."""
    code = language_code(language)
    form = FORMS[code].get(str(item.attributes.get("form")), "")
    if code == "zh":
        facts = [
            item.title,
            item.text,
            "小组：" + "、".join(item.categories) if item.categories else "",
            f"形式：{form}" if form else "",
            "话题：" + "、".join(item.tags) if item.tags else "",
        ]
        return sentences(facts, language)
    facts = [
        item.title,
        item.text,
        f"{form} in {', '.join(item.categories)}" if form and item.categories else form or ", ".join(item.categories),
        "About: " + ", ".join(item.tags) if item.tags else "",
    ]
    return sentences(facts, language)


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events of the kinds known here."""
    return history_sentence(events, language, _phrase)


def _phrase(event: EventView, code: str) -> str | None:
    if event.sensitive or event.kind not in PHRASES[code]:
        return None
    return PHRASES[code][event.kind].format(title=event.title, text=shortened(event.text))
