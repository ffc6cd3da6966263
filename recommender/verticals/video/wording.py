"""What the language side reads of films and of what people did with them, in English and Simplified Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from recommender.contracts import EventView, ItemView

WATCHED_WHOLE = 0.9  # share from which a film counts as watched: credits are skipped
WATCHED_NONE = 0.1  # share below which it was given up; the neutral value of the kind "watch"
TEXT_LENGTH = 200  # characters of a review or a search that go into a history

# A context is whatever a client sent. Only the values known here become words.
DEVICES = {
    "en": {"phone": "on a phone", "tablet": "on a tablet", "desktop": "on a computer", "tv": "on a television"},
    "zh": {"phone": "用手机", "tablet": "用平板", "desktop": "用电脑", "tv": "用电视"},
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
    if _chinese(language):
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
        return _sentences(facts, stop="。", gap="")
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
    name = event.kind
    if name == "watch" and event.value is not None and event.value < WATCHED_WHOLE:
        name = "watch_none" if event.value < WATCHED_NONE else "watch_part"
    text = event.text
    return PHRASES[code][name].format(
        title=event.title,
        text=text if len(text) <= TEXT_LENGTH else text[:TEXT_LENGTH] + "…",
        value=event.value or 0,
        percent=round(100 * (event.value or 0)),
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
