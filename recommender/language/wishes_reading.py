"""From lexemes to chips: what is compared, refused, named, and what stays meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime

from .wishes_amounts import (
    edges,
    factor_of,
    in_order,
    is_at,
    is_year,
    quantile_chip,
    quantity_at,
    rounded,
    stored,
)
from .wishes_chips import LONGEST, MOST_CHIPS, Chip, Wish, answers, described
from .wishes_lexicon import Lexeme, lexemes, tells_outcome
from .wishes_vocabulary import NumberField, Vocabulary

# Where "short", "very short" and "not too long" end, as shares of the catalogue's own values.
A_LITTLE, VERY_LITTLE, NOT_TOO_MUCH = 1 / 3, 0.15, 0.6
FURTHER = 0.6  # of the share that is left: how far "shorter" goes from where we stand
AROUND = 0.15  # "a 90 minute film" is one of 76 to 104 minutes
JOINTS = frozenset({"from", "the", "in", "of", "for", "at", "a", "的"})
ARTICLES = frozenset({"a", "an", "anything", "something", "be", "one", "is", "it", "want"})
MOST_LOOSE = 3
REFUSED_WORDS = 3  # "no blood and gore at all" refuses no more than so many words that nothing is called by


def read(text: str, vocabulary: Vocabulary, *, before: Wish | None, reference: Mapping[str, float], now: float) -> Wish:
    return _Reader(text, vocabulary, before or Wish(), reference, now).wish()


class _Reader:
    """Reads once from left to right. Each `_rule` takes lexemes from a place and says where to go on, or None."""

    def __init__(self, text: str, vocabulary: Vocabulary, before: Wish, reference: Mapping[str, float], now: float):
        self.text = text
        self.vocabulary = vocabulary
        self.before = before
        self.reference = reference
        self.now = now
        self.row = lexemes(text, vocabulary)
        self.chips: list[Chip] = []
        self.unmatched: list[str] = []
        self.taken: list[tuple[int, int]] = []  # spans that are no meaning
        self.content: list[Lexeme] = []  # wished for by their words
        self.loose: list[Lexeme] = []
        self.refusing: Lexeme | None = None
        self.describing = False  # more was said than names

    def wish(self) -> Wish:
        place = 0
        rules = (self._range, self._compared, self._decade, self._year, self._recent, self._amount, self._relative)
        while place < len(self.row):
            further = next((end for rule in rules if (end := rule(place)) is not None), None)
            if further is not None:
                self.refusing = None
            place = further if further is not None else self._word(place)
        return Wish(
            tuple((described(self.chips, self.vocabulary.schema) if self.describing else self.chips)[:MOST_CHIPS]),
            self._meaning()[:LONGEST],
            " ".join(dict.fromkeys(self._runs([one for one in self.content if "STOP" not in one])))[:LONGEST],
            tuple(self._runs(self.loose))[:MOST_LOOSE],
            tuple(dict.fromkeys(self.unmatched)),
        )

    # Numbers

    def _range(self, place: int) -> int | None:
        """Between 1990 and 2000; from 20 to 50 euros; 90–120 minutes."""
        start = place + 1 if self._is(place, "RANGE") else place
        low, next_low = quantity_at(self.row, start)
        if low is None or not (self._is(next_low, "TO") or (start > place and self._is(next_low, "AND"))):
            return None
        high, end = quantity_at(self.row, next_low + 1)
        if high is None or end <= next_low:
            return None
        unit = high[1] or low[1]
        if not unit and start == place and not (is_year(low[0]) and is_year(high[0])):
            return None
        # "2 to 3 hours": the unit behind the second number is the first one's, too.
        first = low[0] * factor_of(self.row, next_low + 1, end) if high[1] and not low[1] else low[0]
        ends = sorted((first, high[0]))
        return self._bound(place, end, "between", ends, unit, "")

    def _compared(self, place: int) -> int | None:
        """Under 20 euros; less than two hours; before 2000; 不超过两小时."""
        if not self._is(place, "COMPARE"):
            return None
        operator, wanted = self.row[place]["COMPARE"]
        start = place + 1
        while self._is(start, "STOP") and not self._is(start, "NUMBER") and start < place + 3:
            if quantity_at(self.row, start)[0] is not None:
                break
            start += 1
        if self._is(start, "DECADE") and wanted == "year":
            first = self.row[start]["DECADE"]
            value = first if operator in ("lt", "gte") else first + 9
            return self._bound(place, start + 1, operator, [value], "", "year")
        found, end = quantity_at(self.row, start)
        if found is None or (wanted == "year" and not is_year(found[0])):
            return None
        return self._bound(place, end, operator, [found[0]], found[1], wanted)

    def _decade(self, place: int) -> int | None:
        if self._is(place, "NUMBER") and self._is(place + 1, "DECADE_AFTER"):
            first, end = int(self.row[place]["NUMBER"]), place + 2
            first = first if first >= 1000 else 1900 + first if first >= 30 else 2000 + first
        elif self._is(place, "DECADE"):
            first, end = self.row[place]["DECADE"], place + 1
        else:
            return None
        return self._bound(place, end, "between", [first, first + 9], "", "year")

    def _year(self, place: int) -> int | None:
        """In 1994; from 2010 on; 1994年; 2000年以前."""
        prefixed = self._is(place, "YEAR")
        number = place + 1 if prefixed else place
        if not self._is(number, "NUMBER") or not is_year(self.row[number]["NUMBER"]):
            return None
        end = number + 1
        suffixed = self._is(end, "YEAR_AFTER")
        end += suffixed
        value = self.row[number]["NUMBER"]
        if self._is(end, "AFTER"):
            return self._bound(place, end + 1, self.row[end]["AFTER"], [value], "", "year")
        if self._is(end, "STOP") and self.row[end].text.lower() == "on":
            return self._bound(place, end + 1, "gte", [value], "", "year")
        if not prefixed and not suffixed:
            return None
        return self._bound(place, end, "between", [value, value], "", "year")

    def _recent(self, place: int) -> int | None:
        number = self.vocabulary.numbers.get("published")
        if not self._is(place, "RECENT") or number is None or not self.now:
            return None
        since = datetime.fromtimestamp(self.now - 86_400 * (self.row[place]["RECENT"] - 1), tz=UTC).date().isoformat()
        return self._add(place, place + 1, Chip(number.field, "gte", since))

    def _amount(self, place: int) -> int | None:
        """A number with its unit and no comparison: "20 euros or less", "for 20 euros", "a 90 minute film"."""
        found, end = quantity_at(self.row, place)
        if found is None or not found[1]:
            return None
        if self._is(end, "AFTER"):
            return self._bound(place, end + 1, self.row[end]["AFTER"], [found[0]], found[1], "")
        if found[1][0] == "price":
            return self._bound(place, end, "lte", [found[0]], found[1], "")
        if found[1][0] not in self.vocabulary.numbers:
            return None
        around = [found[0] * (1 - AROUND), found[0] * (1 + AROUND)]
        return self._bound(place, end, "between", around, found[1], "", strict=False)

    def _bound(
        self, place: int, end: int, operator: str, ends: list[float], unit: tuple, wanted: str, *, strict: bool = True
    ) -> int | None:
        """A chip out of a comparison; where the catalogue has no such number, it is noted as unmatched."""
        quantity = (unit[0] if unit else "") or wanted
        if not quantity:
            in_years = all(map(is_year, ends)) and "year" in self.vocabulary.numbers
            quantity = "year" if in_years and "price" not in self.vocabulary.numbers else "price"
            if operator == "between" and in_years:
                quantity = "year"
        number = self.vocabulary.numbers.get(quantity)
        other_money = unit and unit[0] == "price" and self.vocabulary.currency not in ("", unit[1])
        if number is None or other_money:
            if not unit and not wanted:
                return None
            self._take(place, end)
            self.unmatched.append(self._said(place, end))
            return end
        if operator in ("lt", "gt"):
            ends = [ends[0] + (-1 if operator == "lt" else 1)] if quantity == "year" else ends
            operator = "lte" if operator == "lt" else "gte"
        held = [stored(value, number, self.vocabulary.currency, last=last) for value, last in edges(operator, ends)]
        negated = self.refusing is not None and operator == "between"
        value = tuple(held) if operator == "between" else held[0]
        return self._add(place, end, Chip(number.field, operator, value, negated, strict))

    # Words that compare with the catalogue itself

    def _relative(self, place: int) -> int | None:
        """Short, very short, shorter, less long, not too long, 更短一点, 不要太长."""
        at, refused, less, more, degree, strong = place, False, False, False, False, False
        while at < len(self.row) and "RELATIVE" not in self.row[at]:
            lexeme = self.row[at]
            refused |= "NEGATE" in lexeme
            less |= "LESS" in lexeme
            more |= "MORE" in lexeme
            strong |= "STRONG" in lexeme
            degree |= "DEGREE" in lexeme
            article = "STOP" in lexeme and lexeme.text.lower() in ARTICLES
            if not ({"NEGATE", "LESS", "MORE", "DEGREE"} & set(lexeme.kinds) or (article and refused)):
                return None
            at += 1
        if at >= len(self.row):
            return None
        lexeme = self.row[at]
        quantity, side, comparative = lexeme["RELATIVE"]
        softened = at + 1 < len(self.row) and self.row[at + 1].text in ("一点", "点", "一些", "些", "一点的")
        marked = degree or more or less or refused or softened
        if lexeme.single and not marked and not (at + 1 < len(self.row) and self.row[at + 1].text in ("的", "片")):
            return None
        number = self.vocabulary.numbers.get(quantity)
        if number is None:
            if "LABEL" in lexeme:
                return None
            if place < at or comparative:
                self._take(place, at + 1)
                self.unmatched.append(self._said(place, at + 1))
                return at + 1
            return None
        comparative = comparative or more or less or (softened and not refused)
        low = (side == "low") != (less or refused)
        end = at + 1 + softened
        if comparative and not refused:
            return self._add(place, end, self._compared_with_now(number, low))
        if refused:
            return self._add(place, end, quantile_chip(number, low, NOT_TOO_MUCH, strict=True))
        # "Long" may be a word of a title, too: it prefers long ones, and stays in the meaning.
        chip = quantile_chip(number, low, VERY_LITTLE if strong else A_LITTLE, strict=False)
        self.chips = [old for old in self.chips if not answers(chip, old)]
        self.chips.append(replace(chip, text=self._said(place, end)))
        return end

    def _compared_with_now(self, number: NumberField, low: bool) -> Chip:
        """Shorter than what? Than the bound that holds, than what was shown last, else simply short."""
        operator = "lte" if low else "gte"
        stated = [chip for chip in (*self.chips, *self.before.chips) if chip.field == number.field]
        held = next((chip for chip in stated if chip.op in (operator, "between")), None)
        if held is not None and held.op == "between":
            low_end, high_end = map(in_order, held.value)
            middle = rounded((low_end + high_end) / 2, number)
            ends = (held.value[0], middle) if low else (middle, held.value[1])
            return Chip(number.field, "between", ends, vague=True)
        if held is not None:
            at = in_order(held.value)
        elif number.field in self.reference:
            at = self.reference[number.field]
        else:
            return quantile_chip(number, low, A_LITTLE, strict=True)
        share = number.share_below(at) if low else 1 - number.share_below(at)
        return quantile_chip(number, low, FURTHER * share if held is not None else 0.9 * share, strict=True)

    # Labels, refusals, and the rest

    def _word(self, place: int) -> int:
        lexeme = self.row[place]
        if "NEGATE" in lexeme and "LABEL" not in lexeme and not tells_outcome(self.row, place):
            self.refusing = lexeme
            self._take(place, place + 1)
            return place + 1
        if "LESS" in lexeme and self._next_content(place + 1) is not None and "LABEL" in self.row[place + 1]:
            self._label(place + 1, Lexeme(lexeme.text, lexeme.start, lexeme.end), soft=True)
            return place + 2
        if "LABEL" in lexeme:
            return self._label(place, self.refusing)
        if "WORD" in lexeme or (self._belongs_to_name(place) and self.refusing is None):
            return self._unknown(place)
        if self.refusing is not None and ("BREAK" in lexeme or "COMMA" in lexeme):
            self.refusing = None
        return place + 1

    def _label(self, place: int, refusing: Lexeme | None, *, soft: bool = False) -> int:
        lexeme, named = self.row[place], self.row[place]["LABEL"]
        if refusing is not None:
            strict = named.by == "name" or (named.by == "part" and named.field != "category")
        else:
            strict = named.by == "name" and named.field != "tag"
        start = refusing.start if refusing is not None else lexeme.start
        values = named.wider if refusing is not None else named.values
        op, value = ("eq", values[0]) if len(values) == 1 else ("in", values)
        chip = Chip(
            named.field, op, value, refusing is not None, strict and not soft, self.text[start : lexeme.end].strip()
        )
        last = self.chips[-1] if self.chips else None
        either = place > 0 and self._is(place - 1, "OR") and refusing is None
        if either and last is not None and last.field == chip.field and last.op in ("eq", "in") and not last.negated:
            values = tuple(dict.fromkeys((*(last.value if last.op == "in" else (last.value,)), *values)))
            chip = Chip(chip.field, "in", values, False, last.strict and chip.strict, f"{last.text} / {lexeme.text}")
            self.chips[-1] = chip
        elif not any((c.field, c.value, c.negated) == (chip.field, chip.value, chip.negated) for c in self.chips):
            self.chips.append(chip)
        if refusing is None:
            self.content.append(lexeme)
            self.describing |= named.by == "related"
        else:
            self.taken.append((start, lexeme.end))
        return self._after(place + 1)

    def _unknown(self, place: int) -> int:
        """Words that nothing here is called by: meaning, or, refused, what the meaning should keep away from."""
        if self.refusing is None:
            self.content.append(self.row[place])
            if "WORD" in self.row[place]:
                self.loose.append(self.row[place])
                self.describing = True
            return place + 1
        end = place
        while (
            end < len(self.row)
            and "WORD" in self.row[end]
            and (end - place < REFUSED_WORDS or self.row[end].start == self.row[end - 1].end)
        ):
            end += 1
        start, stop = self.row[place].start, self.row[end - 1].end
        said = self.text[start:stop]
        self.chips.append(Chip("meaning", "about", said, True, False, self.text[self.refusing.start : stop]))
        self.taken.append((self.refusing.start, stop))
        return self._after(end)

    def _belongs_to_name(self, place: int) -> bool:
        """Whether a number is one of a name: "Blade Runner 2049", "Seven Samurai"; but not the four of "at four"."""
        lexeme = self.row[place]
        if "NUMBER" not in lexeme or "STOP" in lexeme or not lexeme.text.isascii():
            return False
        beside = self._is(place - 1, "WORD") or self._is(place + 1, "WORD") or len(self.row) == 1
        return beside or any(map(str.isdigit, lexeme.text))

    def _after(self, place: int) -> int:
        """Whether a refusal goes on: "no horror or war", "no horror, thriller or war"."""
        if self.refusing is None:
            return place
        joint = place
        if self._is(place, "COMMA") and self._names(place + 1) and self._leads_to_or(place + 2):
            joint = place + 1
        if joint == place and (self._is(place, "OR") or self._is(place, "AND")):
            joint = place + 1
        if joint == place or not self._names(joint):
            self.refusing = None
            return place
        self._take(place, joint)
        self.refusing = Lexeme("", self.row[joint].start, self.row[joint].start)
        return joint

    def _leads_to_or(self, place: int) -> bool:
        while self._is(place, "COMMA") and self._names(place + 1):
            place += 2
        return self._is(place, "OR") or (self._is(place, "COMMA") and self._is(place + 1, "OR"))

    def _next_content(self, place: int) -> Lexeme | None:
        return self.row[place] if place < len(self.row) else None

    def _names(self, place: int) -> bool:
        return self._is(place, "LABEL") or self._is(place, "WORD")

    def _is(self, place: int, kind: str) -> bool:
        return is_at(self.row, place, kind)

    def _said(self, place: int, end: int) -> str:
        return self.text[self.row[place].start : self.row[end - 1].end]

    def _take(self, place: int, end: int) -> None:
        if end > place:
            self.taken.append((self.row[place].start, self.row[end - 1].end))

    def _add(self, place: int, end: int, chip: Chip) -> int:
        said = self._said(place, end)
        while place and "STOP" in self.row[place - 1] and self.row[place - 1].text.lower() in JOINTS:
            place -= 1  # "from the" of "from the 90s" says nothing alone
        self._take(place, end)
        self.chips = [old for old in self.chips if not answers(chip, old)]
        self.chips.append(replace(chip, text=said))
        return end

    def _meaning(self) -> str:
        """The text without what became conditions; nothing when only small words are left."""
        if not self.content:
            return ""
        pieces, at = [], 0
        for start, end in sorted(self.taken):
            if start > at:
                pieces.append(self.text[at:start])
            at = max(at, end)
        pieces.append(self.text[at:])
        left = " ".join("".join(pieces).split())
        for joint in (" ,", " .", ",,", ", ,"):
            left = left.replace(joint, joint.strip()[:1])
        return left.strip(" ,.;，。；、的")

    def _runs(self, found: list[Lexeme]) -> list[str]:
        """Neighbouring words as one phrase: "rainy evening", "血腥"."""
        runs: list[list[Lexeme]] = []
        for lexeme in found:
            if (
                runs
                and lexeme.start - runs[-1][-1].end <= 1
                and self.text[runs[-1][-1].end : lexeme.start].strip() == ""
            ):
                runs[-1].append(lexeme)
            else:
                runs.append([lexeme])
        return [self.text[run[0].start : run[-1].end] for run in runs]
