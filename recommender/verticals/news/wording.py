"""What the language side reads of articles and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView
from recommender.language.phrases import history_sentence, language_code, sentences, shortened

READ_WHOLE = 0.9  # share from which an article counts as read: nobody reads the imprint
READ_NONE = 0.15  # share below which it was only begun; the neutral value of the kind "read"

FORMS = {
    "en": {
        "report": "Report",
        "analysis": "Analysis",
        "opinion": "Opinion",
        "interview": "Interview",
        "explainer": "Explainer",
        "live": "Live coverage",
    },
    "zh": {
        "report": "报道",
        "analysis": "分析",
        "opinion": "评论",
        "interview": "访谈",
        "explainer": "解读",
        "live": "直播",
    },
}

PHRASES = {
    "en": {
        "view": "opened “{title}”",
        "read": "read “{title}”",
        "read_part": "read {percent}% of “{title}”",
        "read_none": "began “{title}” and left",
        "save": "saved “{title}” to read later",
        "like": "liked “{title}”",
        "share": "passed on “{title}”",
        "follow": "follows the story behind “{title}”",
        "comment": "commented on “{title}”: “{text}”",
        "search": "searched for “{text}”",
        "dismiss": "passed over “{title}”",
        "hide": "never wants to see “{title}” again",
    },
    "zh": {
        "view": "打开了《{title}》",
        "read": "读完了《{title}》",
        "read_part": "读了《{title}》的{percent}%",
        "read_none": "点开《{title}》又离开了",
        "save": "收藏了《{title}》稍后再读",
        "like": "赞了《{title}》",
        "share": "转发了《{title}》",
        "follow": "关注了《{title}》的后续报道",
        "comment": "评论了《{title}》：“{text}”",
        "search": "搜索了“{text}”",
        "dismiss": "略过了《{title}》",
        "hide": "不想再看到《{title}》",
    },
}


def item_text(item: ItemView, language: str) -> str:
    """One article in a few sentences. The viewpoint stays out: what is alike in substance should count as alike."""
    has = item.attributes.get
    code = language_code(language)
    form = FORMS[code].get(str(has("form")), "")
    if code == "zh":
        facts = [
            item.title,
            "栏目：" + "、".join(item.categories) if item.categories else "",
            item.text,
            f"体裁：{form}" if form else "",
            f"来源：{has('source')}" if has("source") else "",
            f"作者：{has('author')}" if has("author") else "",
            f"地点：{has('place')}" if has("place") else "",
            "关键词：" + "、".join(item.tags) if item.tags else "",
        ]
        return sentences(facts, language)
    facts = [
        item.title,
        ", ".join(item.categories),
        item.text,
        f"{form} in {has('source')}" if form and has("source") else form or has("source") or "",
        f"By {has('author')}" if has("author") else "",
        f"From {has('place')}" if has("place") else "",
        "About: " + ", ".join(item.tags) if item.tags else "",
    ]
    return sentences(facts, language)


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events of the kinds known here."""
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
