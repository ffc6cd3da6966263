"""Words that every vertical's texts share: where and when something was done, and how sentences are joined.

English and Simplified Chinese. A vertical brings its own phrases for what people do; see `history_sentence`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from ..contracts import EventView

TEXT_LENGTH = 200  # characters of a review, a question or a search that go into a history

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


def history_sentence(events: Sequence[EventView], language: str, phrase: Callable[[EventView, str], str | None]) -> str:
    """What somebody did, oldest first, in one sentence; empty without events that have a phrase.

    `phrase(event, code)` words one event, where code is "en" or "zh", or gives None for kinds it does not know.
    Neighbours with the same device and part of the day share one mention of it.
    """
    code = language_code(language)
    told = [(setting(event, code), words) for event in events if (words := phrase(event, code)) is not None]
    groups = [(where, [words for _, words in group]) for where, group in groupby(told, key=lambda pair: pair[0])]
    if not groups:
        return ""
    if code == "zh":
        return "此人" + "；".join("".join(where) + "，".join(phrases) for where, phrases in groups) + "。"
    return "The person " + "; ".join(", ".join([*phrases, *where]) for where, phrases in groups) + "."


def setting(event: EventView, code: str) -> list[str]:
    """In which part of the day and on which device, as far as it is known."""
    known = [
        PARTS_OF_DAY[code].get(str(event.context.get("part_of_day"))),
        DEVICES[code].get(str(event.context.get("device"))),
    ]
    return [words for words in known if words]


def shortened(text: str) -> str:
    """At most TEXT_LENGTH characters of what somebody wrote."""
    return text if len(text) <= TEXT_LENGTH else text[:TEXT_LENGTH] + "…"


def sentences(facts: Sequence[str], language: str) -> str:
    """One after the other, each closed by a full stop unless it closes itself; empty facts are left out."""
    stop, gap = ("。", "") if language_code(language) == "zh" else (".", " ")
    return gap.join(fact if fact[-1] in ".!?。！？" else fact + stop for fact in facts if fact)


def language_code(language: str) -> str:
    """Give "zh" for any Chinese, "en" for everything else: the two languages that texts are written in."""
    return "zh" if language.lower().startswith("zh") else "en"
