"""A sentence as parts: names, words that are known, marks. What cannot be read is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .lexicon import Lexicon
from .names import Name, Span
from .tokens import CLOSING, EITHER, MARKS, OPENING, QUOTES, STOPS, Token

_ARTICLES = frozenset({"the", "a", "an"})


class Ungrounded(Exception):
    """The sentence says something that its trace does not; the message says what."""


@dataclass(frozen=True, eq=False)
class Part:
    """A name, a known phrase, a mark, or the vertical's own words around a title (`kinds`: what they claim)."""

    role: str  # name, word, mark, claim
    text: str = ""
    name: Name | None = None
    kinds: frozenset[str] = frozenset()

    @property
    def is_quote(self) -> bool:
        return self.role == "mark" and self.text in QUOTES

    @property
    def is_title(self) -> bool:
        return self.role == "name" and self.name.is_title


def read(found: Sequence[Token], spans: Sequence[Span], lexicon: Lexicon, written: str) -> list[list[Part]]:
    """The clauses of a sentence. Raises Ungrounded for words, capitals, quotes and marks that tell of more."""
    _check_capitals(found, spans, written)
    _check_attached(found, spans)
    claims, silent = _claims(found, spans, lexicon)
    starts = {span.first: span for span in spans}
    clauses: list[list[Part]] = [[]]
    run: list[Token] = []

    def close() -> None:
        clauses[-1].extend(Part("word", phrase) for phrase in segmented(run, lexicon))
        run.clear()

    at = 0
    while at < len(found):
        token, span = found[at], starts.get(at)
        if span is not None:
            close()
            clauses[-1] += [Part("claim", kinds=claims[at])] if at in claims else []
            clauses[-1].append(Part("name", name=span.name))
            at = span.last
            continue
        if at not in silent and token.kind == "mark":
            close()
            if token.key not in MARKS:
                raise Ungrounded(f"It has the sign {token.key!r}.")
            clauses[-1].append(Part("mark", token.key))
            if token.key in STOPS:
                clauses.append([])
        elif at not in silent:
            run.append(token)
        else:
            close()
        at += 1
    close()
    for clause in clauses:
        _check_quotes(clause)
    return [clause for clause in clauses if clause]


def segmented(run: Sequence[Token], lexicon: Lexicon) -> list[str]:
    """A run of words cut into known phrases, as few as can be. Raises Ungrounded where one is unknown."""
    written = [token.key for token in run]
    best: list[tuple[int, int]] = [(0, 0)]  # (phrases so far, where the last one begins) up to each place
    for end in range(1, len(written) + 1):
        choices = [
            (best[start][0] + 1, start)
            for start in range(max(0, end - lexicon.longest), end)
            if best[start][0] >= 0
            and (
                tuple(written[start:end]) in lexicon.phrases
                or (end - start == 1 and lexicon.number(written[start]) is not None)
            )
        ]
        best.append(min(choices, default=(-1, 0)))
    if best[-1][0] < 0:
        stuck = max(place for place, (count, _) in enumerate(best) if count >= 0)
        raise Ungrounded(f"It says {lexicon.blank.join(written[stuck : stuck + 3])!r}, which the trace does not.")
    phrases, end = [], len(written)
    while end > 0:
        start = best[end][1]
        phrases.append(lexicon.blank.join(written[start:end]))
        end = start
    return phrases[::-1]


def _claims(
    found: Sequence[Token], spans: Sequence[Span], lexicon: Lexicon
) -> tuple[dict[int, frozenset[str]], set[int]]:
    """Where titles stand in the vertical's own words: span start → kinds, and the tokens that those words are."""
    inside = {place for span in spans for place in range(span.first, span.last)}
    claims: dict[int, frozenset[str]] = {}
    silent: set[int] = set()
    for span in spans:
        if not span.name.is_title:
            continue
        before = _words(found, range(span.first - 1, -1, -1), inside)
        after = _words(found, range(span.last, len(found)), inside)
        for pattern in lexicon.patterns:
            left, right = before[: len(pattern.before)], after[: len(pattern.after)]
            if (
                tuple(found[place].key for place in reversed(left)) == pattern.before
                and tuple(found[place].key for place in right) == pattern.after
            ):
                claims[span.first] = pattern.kinds
                silent.update(left, right)
                break
    return claims, silent


def _words(found: Sequence[Token], places: range, inside: set[int]) -> list[int]:
    """Tokens in order of `places` up to the next name or mark; quotes are passed over."""
    words = []
    for place in places:
        if place in inside or (found[place].kind == "mark" and found[place].key not in QUOTES):
            break
        if found[place].kind != "mark":
            words.append(place)
    return words


def _check_capitals(found: Sequence[Token], spans: Sequence[Span], written: str) -> None:
    """Within a sentence only names have capitals; an article with one belongs to the title after it."""
    inside = {place for span in spans for place in range(span.first, span.last)}
    starts = {span.first for span in spans if span.name.is_title}
    begins = True
    for place, token in enumerate(found):
        if token.kind == "mark":
            begins = begins or token.key in STOPS or token.key in ":-–—"
            continue
        if place not in inside and token.capital:
            titled = place + 1 in starts and token.key in _ARTICLES
            if not begins or titled:
                raise Ungrounded(f"{written[token.start : token.end]!r} reads like a name that is not in the trace.")
        begins = False


def _check_attached(found: Sequence[Token], spans: Sequence[Span]) -> None:
    """What hangs on a title could be the rest of a longer one: "Heat: maybe", "Heat-wave"."""
    for span in spans:
        after = found[span.last] if span.last < len(found) else None
        if span.name.is_title and after is not None and after.kind == "mark":
            rest = found[span.last + 1] if span.last + 1 < len(found) else None
            tight = found[span.last - 1].end == after.start and rest is not None and after.end == rest.start
            if after.key == ":" or (tight and after.key in "-–—/&"):
                raise Ungrounded(f"It goes on after a title with {after.key!r}, as longer titles do.")


def _check_quotes(clause: Sequence[Part]) -> None:
    """Quotes stand around one name each."""
    for place, part in enumerate(clause):
        if not part.is_quote:
            continue
        before = clause[place - 1] if place else None
        after = clause[place + 1] if place + 1 < len(clause) else None
        named_before = before is not None and before.role == "name"
        named_after = after is not None and after.role in ("name", "claim")
        opens = part.text in OPENING or (part.text in EITHER and not named_before)
        if opens and named_after:
            last = place + (3 if after.role == "claim" else 2)
            if last < len(clause) and clause[last].is_quote:
                continue
        if not opens and named_before and part.text in CLOSING | EITHER:
            continue
        raise Ungrounded("It quotes something that is not in the trace, or adds to what it quotes.")
