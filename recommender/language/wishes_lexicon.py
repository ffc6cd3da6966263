"""A sentence as a row of lexemes: the longest phrases that we know, in both languages at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from . import wishes_words_en as en
from . import wishes_words_zh as zh
from .wishes_vocabulary import TOKEN, Vocabulary, stem

LONGEST = 6  # words of one phrase
SIGNS = {"€": "EUR", "$": "USD", "£": "GBP", "¥": "CNY", "￥": "CNY"}


@dataclass(frozen=True)
class Lexeme:
    """A phrase and all that it may be: kind → what it says. WORD is what we know nothing of."""

    text: str
    start: int
    end: int
    kinds: Mapping[str, Any] = field(default_factory=dict)
    single: bool = False  # one Chinese character, which may be a part of any word

    def __contains__(self, kind: str) -> bool:
        return kind in self.kinds

    def __getitem__(self, kind: str) -> Any:
        return self.kinds[kind]


def lexemes(text: str, vocabulary: Vocabulary) -> list[Lexeme]:
    """`text` is clean; positions are those of its characters."""
    # Lower case one by one: a few characters become two, which would move all that follows.
    lowered = "".join(one if len(low := one.lower()) != 1 else low for one in text)
    tokens = [(match.lastgroup, match[0], match.start(), match.end()) for match in TOKEN.finditer(lowered)]
    stems = [stem(token[1]) for token in tokens]
    found: list[Lexeme] = []
    place = 0
    while place < len(tokens):
        lexeme, taken = _longest(text, tokens, stems, place, vocabulary)
        found.append(lexeme)
        place += taken
    return found


def _longest(text, tokens, stems, place: int, vocabulary: Vocabulary) -> tuple[Lexeme, int]:
    if tokens[place][0] == "sign":
        return _sign(text, tokens[place]), 1
    known = _known()
    for length in range(min(LONGEST, len(tokens) - place), 0, -1):
        window = tokens[place : place + length]
        if any(token[0] == "sign" and token[1] != "-" for token in window):
            continue
        said = " ".join(token[1].replace("'", "").replace("’", "") for token in window if token[0] != "sign")
        spoken = zip(stems[place : place + length], window, strict=True)
        stemmed = " ".join(one for one, token in spoken if token[0] != "sign")
        kinds = {**known.get(said, {})}
        single = length == 1 and window[0][0] == "cjk"
        inside = single and _beside_unknown(tokens, place)
        verb = length == 1 and window[0][1] not in vocabulary.spelled and _calls_for_verb(tokens, place)
        if stemmed in vocabulary.labels and not inside and not verb and not ("STOP" in kinds and length == 1):
            kinds["LABEL"] = vocabulary.labels[stemmed]
        if stemmed in vocabulary.units:
            kinds.setdefault("UNIT", vocabulary.units[stemmed])
        if kinds and window[-1][0] != "sign":
            start, end = window[0][2], window[-1][3]
            return Lexeme(text[start:end], start, end, kinds, single), length
    return _single(text, tokens, place)


def _beside_unknown(tokens, place: int) -> bool:
    """Whether one Chinese character goes on in another: 茶 in 茶杯 is no tea."""
    after = tokens[place + 1 : place + 2]
    return bool(after) and after[0][0] == "cjk" and after[0][1] not in _known() and after[0][1] not in zh.DIGITS


def _calls_for_verb(tokens, place: int) -> bool:
    """Whether what stands here is done rather than named. Only a label's own spelling is then understood as it."""
    return place > 0 and tokens[place - 1][1].replace("'", "").replace("’", "") in _before_verbs()


def tells_outcome(row: Sequence[Lexeme], place: int) -> bool:
    """Whether a Chinese "not" stands within a verb and refuses nothing: 睡不着 is to lie awake."""
    if place == 0 or place + 1 >= len(row) or not row[place].single:
        return False
    before, after = row[place - 1], row[place + 1]
    adjoining = before.end == row[place].start and row[place].end == after.start
    return adjoining and bool({"WORD", "STOP"} & set(before.kinds)) and after.text in zh.OUTCOMES


def _single(text: str, tokens, place: int) -> tuple[Lexeme, int]:
    kind, said, start, end = tokens[place]
    if kind == "number":
        return Lexeme(text[start:end], start, end, {"NUMBER": _number(said)}), 1
    if kind == "decade":
        digits = int("".join(filter(str.isdigit, said)))
        return Lexeme(text[start:end], start, end, {"DECADE": _decade(digits)}), 1
    if kind == "cjk" and (said in zh.DIGITS or said in zh.TENS):
        return _chinese_number(text, tokens, place)
    return Lexeme(text[start:end], start, end, {"WORD": True}), 1


def _sign(text: str, token) -> Lexeme:
    _, said, start, end = token
    kinds: dict[str, Any] = {"BREAK": True}
    if said in SIGNS:
        kinds = {"CURRENCY": SIGNS[said]}
    elif said in ",，、":
        kinds = {"COMMA": True}
    elif said in "-–—~～":
        kinds = {"TO": True}
    elif said in "<>≤≥":
        kinds = {"COMPARE": ("lte" if said in "<≤" else "gte", "")}
    elif said in "\"'“”‘’「」《》()（）":
        kinds = {"STOP": True}
    return Lexeme(text[start:end], start, end, kinds)


def _number(said: str) -> float:
    """ "1,200" is twelve hundred, "1.5" and "1,5" are one and a half."""
    _head, comma, tail = said.rpartition(",")
    if comma and len(tail) == 3 and "." not in said:
        return float(said.replace(",", ""))
    parts = said.replace(",", ".").split(".")
    return float(parts[0] + "." + "".join(parts[1:])) if len(parts) > 1 else float(said[:15])


def _decade(digits: int) -> int:
    if digits >= 1000:
        return digits
    return 1900 + digits if digits >= 30 else 2000 + digits


def _chinese_number(text: str, tokens, place: int) -> tuple[Lexeme, int]:
    """二十五 is 25, 一百二十 is 120, 两 is 2; a run of digits such as 一九九四 is read digit by digit."""
    total, digit, taken, positional = 0, None, 0, ""
    for kind, said, _start, _end in tokens[place:]:
        if kind != "cjk" or (said not in zh.DIGITS and said not in zh.TENS):
            break
        taken += 1
        if said in zh.DIGITS:
            digit = zh.DIGITS[said]
            positional += str(digit)
        else:
            total, digit, positional = total + (1 if digit is None else digit) * zh.TENS[said], None, ""
    value = float(positional) if len(positional) > 1 and not total else float(total + (digit or 0))
    start, end = tokens[place][2], tokens[place + taken - 1][3]
    return Lexeme(text[start:end], start, end, {"NUMBER": value}), taken


@cache
def _before_verbs() -> frozenset[str]:
    return frozenset(en.BEFORE_VERBS.split("|"))


@cache
def _known() -> dict[str, dict[str, Any]]:
    """Phrase → kind → payload, for the words of both languages."""
    found: dict[str, dict[str, Any]] = {}

    def add(phrases: str, kind: str, payload: Any = True) -> None:
        for phrase in phrases.split("|"):
            # As the tokens are: Chinese characters one by one, English words as they are written.
            said = " ".join(match[0] for match in TOKEN.finditer(phrase) if match.lastgroup != "sign")
            found.setdefault(said, {}).setdefault(kind, payload)

    for words in (en, zh):
        for what, phrases in words.COMPARE.items():
            add(phrases, "COMPARE", what)
        for operator, phrases in words.COMPARE_AFTER.items():
            add(phrases, "AFTER", operator)
        for unit, phrases in words.UNITS.items():
            add(phrases, "UNIT", unit)
        for currency, phrases in words.CURRENCIES.items():
            add(phrases, "CURRENCY", currency)
        for decade, phrases in words.DECADES.items():
            add(phrases, "DECADE", decade)
        for days, phrases in words.RECENT.items():
            add(phrases, "RECENT", days)
        for quantity, sides in words.RELATIVE.items():
            for phrases, (side, comparative) in zip(
                sides, (("low", False), ("low", True), ("high", False), ("high", True)), strict=True
            ):
                add(phrases, "RELATIVE", (quantity, side, comparative))
        for kind in ("MORE", "LESS", "DEGREE", "STRONG", "NEGATE", "OR", "AND", "BREAK", "STOP", "RANGE", "HALF"):
            add(getattr(words, kind), kind)
        add(words.RANGE_TO, "TO")
        add(words.YEAR_BEFORE, "YEAR")
    add(zh.YEAR_AFTER, "YEAR_AFTER")
    for word, number in en.NUMBERS.items():
        add(word, "NUMBER", float(number))
    add(en.FIXED, "WORD")
    add(en.HUNDRED, "HUNDRED")
    add("年代", "DECADE_AFTER")
    return found
