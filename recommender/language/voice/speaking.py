"""What every voice has in common: how it is asked, and what of its answer comes out."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Protocol, runtime_checkable

from ..safety import Rules, chosen, refusal, tidied
from . import prompts
from .prompts import Facts, Message

logger = logging.getLogger(__name__)


class VoiceError(Exception):
    """A voice cannot be had; the message says what to change."""


@runtime_checkable
class Voice(Protocol):
    """Words things, or None where it could not or said what it must not: then the template takes its place."""

    name: str

    def word(self, kind: str, facts: Facts, language: str) -> str | None: ...

    def fingerprint(self, kind: str, language: str) -> str: ...


class SpokenVoice(ABC):
    """A voice around a model that answers chats.

    `common` are the words that the catalogue uses (see `safety.common_words`); without them little can be worded but
    explanations. `outcomes` counts what became of the questions: worded, refused or failed.
    """

    #: Control tokens of the model, which data must not hold.
    tokens: Collection[str] = ()
    #: False while there is no use in asking: a job may stop and go on later.
    available: bool = True

    def __init__(self, name: str, common: Collection[str] = frozenset()):
        self.name = name
        self.common = common
        self.outcomes: Counter[str] = Counter()

    @abstractmethod
    def answer(self, messages: Sequence[Message], tokens: int) -> str | None:
        """What the model says, in at most so many tokens; None where it did not answer."""

    def word(self, kind: str, facts: Facts, language: str) -> str | None:
        """Plain text, at most two sentences; None where nothing fit came. Raises ValueError for unknown facts."""
        prompt = prompts.prompt_of(kind, facts)
        said = self.answer(prompts.messages(kind, facts, language, self.tokens), prompt.tokens)
        if said is None:
            self.outcomes["failed"] += 1
            return None
        text = tidied(said)
        if why := refusal(text, rules_of(kind, facts, self.common)):
            self.outcomes["refused"] += 1
            logger.info("What %s said for a %s is not used. %s", self.name, kind, why)
            return None
        self.outcomes["worded"] += 1
        return text

    def choose(self, about: str, offered: Mapping[str, str], most: int, language: str) -> tuple[str, ...]:
        """Ids of `offered` (id → text) that fit best what a shelf is about; none that was not offered.

        Empty where the model did not answer, or named none of them.
        """
        said = self.answer(
            prompts.choice_messages(about, list(offered.values()), most, language, self.tokens), 8 * most + 8
        )
        self.outcomes["failed" if said is None else "chosen"] += 1
        return chosen(tidied(said or ""), list(offered), most)

    def fingerprint(self, kind: str, language: str) -> str:
        """Of the prompt and the model."""
        return prompts.fingerprint(kind, language, self.name)


def rules_of(kind: str, facts: Facts, common: Collection[str]) -> Rules:
    """What an answer to this question must be like."""
    prompt = prompts.prompt_of(kind, facts)
    return Rules(
        longest=prompt.longest,
        sentences=prompt.sentences,
        slots=prompt.slots,
        common=common,
        facts=[_whole(value) for value in facts.values()] if prompt.grounded else None,
        numbers=[value for name in prompt.structured if name in facts for value in _entries(facts[name])],
        trusted=[_whole(facts[name]) for name in prompt.trusted if name in facts],
    )


def _whole(value: str | Sequence[str]) -> str:
    return ". ".join(_entries(value))


def _entries(value: str | Sequence[str]) -> Sequence[str]:
    return [value] if isinstance(value, str) else value
