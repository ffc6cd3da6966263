"""What the language side reads of films and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence

from recommender.contracts import EventView, ItemView
from recommender.language.phrases import history_sentence, language_code, sentences, shortened

WATCHED_WHOLE = 0.9  # share from which a film counts as watched: credits are skipped
WATCHED_NONE = 0.1  # share below which it was given up; the neutral value of the kind "watch"

PHRASES = {
    "en": {
        "view": "looked at “{title}”",
        "save": "saved “{title}” for later",
        "like": "liked “{title}”",
        "watch": "watched “{title}”",
        "watch_part": "watched {percent}% of “{title}”",
        "watch_none": "gave up on “{title}”",
        "rating": "rated “{title}” {value:g} of 5",
        "review": "wrote about “{title}”: “{text}”",
        "search": "searched for “{text}”",
        "dismiss": "passed over “{title}”",
        "hide": "never wants to see “{title}” again",
    },
    "zh": {
        "view": "浏览了《{title}》",
        "save": "收藏了《{title}》",
        "like": "喜欢《{title}》",
        "watch": "看完了《{title}》",
        "watch_part": "看了《{title}》的{percent}%",
        "watch_none": "放弃了《{title}》",
        "rating": "给《{title}》打了{value:g}分（满分5分）",
        "review": "评论了《{title}》：“{text}”",
        "search": "搜索了“{text}”",
        "dismiss": "略过了《{title}》",
        "hide": "不想再看到《{title}》",
    },
}


def item_text(item: ItemView, language: str) -> str:
    """One film in a few sentences. What is not known is left out."""
    has = item.attributes.get
    year = str(has("year") or "")
    if language_code(language) == "zh":
        facts = [
            f"《{item.title}》（{year}）" if year and year not in item.title else f"《{item.title}》",
            "类型：" + "、".join(item.categories) if item.categories else "",
            f"国家／地区：{has('country')}" if has("country") else "",
            f"片长{has('duration')}分钟" if has("duration") else "",
            f"共{has('episodes')}集" if has("episodes") else "",
            "导演：" + "、".join(has("directors")) if has("directors") else "",
            "主演：" + "、".join(has("cast")) if has("cast") else "",
            f"系列：{has('series')}" if has("series") else "",
            item.text,
            "题材：" + "、".join(item.tags) if item.tags else "",
        ]
        return sentences(facts, language)
    facts = [
        f"{item.title} ({year})" if year and year not in item.title else item.title,
        ", ".join(item.categories),
        f"From {has('country')}" if has("country") else "",
        f"{has('duration')} minutes" if has("duration") else "",
        f"{has('episodes')} episodes" if has("episodes") else "",
        "Directed by " + ", ".join(has("directors")) if has("directors") else "",
        "With " + ", ".join(has("cast")) if has("cast") else "",
        f"Part of {has('series')}" if has("series") else "",
        item.text,
        "Themes: " + ", ".join(item.tags) if item.tags else "",
    ]
    return sentences(facts, language)


def history_text(events: Sequence[EventView], language: str) -> str:
    """What somebody did, oldest first, in one sentence; empty without events of the kinds known here."""
    return history_sentence(events, language, _phrase)


def _phrase(event: EventView, code: str) -> str | None:
    if event.kind not in PHRASES[code]:
        return None
    name = event.kind
    if name == "watch" and event.value is not None and event.value < WATCHED_WHOLE:
        name = "watch_none" if event.value < WATCHED_NONE else "watch_part"
    return PHRASES[code][name].format(
        title=event.title,
        text=shortened(event.text),
        value=event.value or 0,
        percent=round(100 * (event.value or 0)),
    )
