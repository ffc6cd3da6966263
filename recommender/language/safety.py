"""Text of items and people is data: how it is fenced in a prompt, and what of a model's answer may come out.

Three fences, none of which trusts the model. Data stands escaped between marks that it cannot close. Whoever is to
choose gets numbers, and only numbers that were offered come back. And what is worded is read again before anybody
sees it: a word that is neither in a short list of plain words nor common in the catalogue does not come out, so
that what an attacker writes into one item stays there.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from .safety_words import PLAIN, PLAIN_HAN
from .text import clean, words

MOST_DATA = 600  # characters of one text in a prompt
COMMON = 3  # items that use a word before a model may say it

_HAN = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_HAN_STRETCH = re.compile(rf"[{_HAN}]+")
_LONGEST_HAN = 6
# Marks that models of some families take for the end of a turn; those in angle brackets are escaped anyway.
_CONTROL = re.compile(r"\[/?(?:INST|SYS|SYSTEM_PROMPT|TOOL_CALLS|TOOL_RESULTS|AVAILABLE_TOOLS)\]|###+", re.IGNORECASE)
_THOUGHT = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL | re.IGNORECASE)
_SLOT = re.compile(r"\{([a-z]+)\}")
_LINK = re.compile(r"://|www\.|@|[^\s.][.:][^\s.”’\"')）」』]|\\|/[^\s]+/", re.IGNORECASE)
_MARKUP = re.compile(r"[<>\[\]{}|`*_#^~=$%\\]")
_END_OF_SENTENCE = re.compile(r"[.!?](?=\s|[”’\"']|$)|[。！？]")
_AMOUNT = re.compile(r"(?:[^\W\d]{1,30}: ?)?(\d{1,4})(?: ?[^\W\d]{0,12})?")
_QUOTES = {'"': '"', "“": "”", "‘": "’", "'": "'", "「": "」", "『": "』"}
_SAME_WORD = 3  # letters at the end of a longer word that may differ: "hydrating" is of "hydrate"


def escaped(text: str, tokens: Collection[str] = ()) -> str:
    """Readable text in which nothing can close a data block, or be read as one of a model's control `tokens`."""
    text = clean(text)[:MOST_DATA]
    for token in sorted(filter(None, tokens), key=len, reverse=True):
        text = text.replace(token, " ")
    text = _CONTROL.sub(" ", text)
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def data_block(name: str, text: str | Sequence[str], tokens: Collection[str] = ()) -> str:
    """One fact for a prompt, between marks that it cannot close. Entries of a list are joined by semicolons."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise ValueError(f"A fact's name is made of small letters, digits and _; got {name!r}.")
    whole = text if isinstance(text, str) else "; ".join(text)
    return f'<data name="{name}">{escaped(whole, tokens)}</data>'


def chosen(answer: str, offered: Sequence[str], most: int) -> tuple[str, ...]:
    """The ids that an answer names by their numbers, counted from 1, each once and at most `most`.

    Whatever else the answer says is passed over, so that no id comes out that was not offered.
    """
    numbers = [int(found) for found in re.findall(r"(?<![\w.-])\d{1,6}(?![\w-]|\.\d)", answer)]
    return tuple(dict.fromkeys(offered[number - 1] for number in numbers if 1 <= number <= len(offered)))[:most]


def common_words(texts: Iterable[str], least: int = COMMON) -> frozenset[str]:
    """Words, and pairs to fours of Chinese characters, that at least `least` of the texts use.

    Give one text an item, or an author's items as one text where anybody may write items.
    """
    counts: dict[str, int] = {}
    for text in texts:
        for word in said(text):
            counts[word] = counts.get(word, 0) + 1
    return frozenset(word for word, count in counts.items() if count >= least)


@dataclass(frozen=True)
class Rules:
    """What an answer must be like. `slots` are the names that may stand in braces.

    `common`: words that the catalogue uses (see `common_words`). `facts`: where given, a word must be in one of these
    texts besides. `trusted`: texts of ours, whose words may be said. `numbers`: values such as "350 ml" or "year:
    1954"; no other numbers are said, and none that is longer than a year.
    """

    longest: int = 240
    sentences: int = 2
    slots: frozenset[str] = frozenset()
    common: Collection[str] = frozenset()
    facts: Sequence[str] | None = None
    trusted: Sequence[str] = ()
    numbers: Sequence[str] = ()


def tidied(answer: str) -> str:
    """An answer without what a model thought aloud before it, the blanks around it and one pair of quotes."""
    answer = _THOUGHT.sub("", answer).strip()
    if len(answer) > 1 and _QUOTES.get(answer[0]) == answer[-1] and answer[0] not in answer[1:-1]:
        answer = answer[1:-1].strip()
    return answer


def refusal(answer: str, rules: Rules) -> str:
    """Why an answer may not come out, or nothing."""
    if not answer:
        return "It is empty."
    if len(answer) > rules.longest:
        return f"It is longer than {rules.longest} characters."
    if not answer.isprintable() or any(unicodedata.category(character) == "Cf" for character in answer):
        return "It has line breaks or characters that do not show."
    named = _SLOT.findall(answer)
    if not set(named) <= rules.slots:
        return f"It has slots that are not known: {', '.join(sorted(set(named) - rules.slots))}."
    plain = unicodedata.normalize("NFKC", _SLOT.sub(" ", answer))
    if _LINK.search(plain):
        return "It has a link or an address."
    if _MARKUP.search(plain):
        return "It has markup."
    if len(_END_OF_SENTENCE.findall(answer)) > rules.sentences:
        return f"It has more than {rules.sentences} sentences."
    if strange := [c for c in plain if c.isalpha() and not _is_known_script(c)]:
        return f"It has letters of another script: {''.join(strange[:5])}."
    return _strange_words(plain, rules)


def _strange_words(text: str, rules: Rules) -> str:
    numbers = {match[1] for known in rules.numbers if (match := _AMOUNT.fullmatch(known.strip()))}
    trusted = {word for known in rules.trusted for word in said(known)}
    facts = None if rules.facts is None else {word for known in rules.facts for word in said(known)}

    def may_say(word: str) -> bool:
        return word in trusted or (word in rules.common and (facts is None or _is_told(word, facts)))

    for word in words(_HAN_STRETCH.sub(" ", text)):
        if any(character.isdigit() for character in word):
            if word not in numbers:
                return f"It says {word!r}, which is no number of what was told."
        elif word not in PLAIN and not may_say(word):
            return f"It says {word!r}, which was not told, or which hardly any item says."
    for stretch in _HAN_STRETCH.findall(text):
        if not _is_covered(stretch, may_say):
            return f"It says “{stretch}”, parts of which were not told, or are said of hardly any item."
    return ""


def _is_told(word: str, facts: Collection[str]) -> bool:
    """Whether a word, or another form of it, is among the facts."""
    if word in facts or _HAN_STRETCH.match(word):
        return word in facts
    beginning = word[: max(4, len(word) - _SAME_WORD)]
    return any(told.startswith(beginning) and abs(len(told) - len(word)) <= _SAME_WORD for told in facts)


def _is_covered(stretch: str, may_say: Callable[[str], bool]) -> bool:
    """Whether a run of Chinese characters can be cut into plain words and ones that may be said."""
    reached = {0}
    for end in range(1, len(stretch) + 1):
        for start in range(max(0, end - _LONGEST_HAN), end):
            part = stretch[start:end]
            if start in reached and (part in PLAIN_HAN or (len(part) > 1 and may_say(part))):
                reached.add(end)
                break
    return len(stretch) in reached


def said(text: str) -> set[str]:
    """The words of a text, and its pairs to fours of Chinese characters; no numbers."""
    text = clean(text)
    found = {word for word in words(_HAN_STRETCH.sub(" ", text)) if not any(map(str.isdigit, word))}
    for stretch in _HAN_STRETCH.findall(text):
        found.update(stretch[i : i + n] for n in (2, 3, 4) for i in range(len(stretch) - n + 1))
    return found


def _is_known_script(character: str) -> bool:
    name = unicodedata.name(character, "")
    return name.startswith(("LATIN", "CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC"))
