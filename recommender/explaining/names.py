"""Where a sentence names something: titles and facets of the trace, and titles of the catalogue that are none."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from .tokens import Token, keys, normalised, tokens
from .trace import Deed, Facet, Trace

Marks = tuple[str, ...]


@dataclass(eq=False)
class Name:
    """One name and all that it can mean: two films can share a title, and a title can be a genre."""

    deeds: list[Deed] = field(default_factory=list)
    is_item: bool = False
    facets: set[Facet] = field(default_factory=set)
    edges: set[tuple[Marks, Marks]] = field(default_factory=set)  # marks that begin and end it and belong to it

    @property
    def is_title(self) -> bool:
        return self.is_item or bool(self.deeds)


@dataclass(frozen=True)
class Span:
    """Tokens first … last − 1 are a name."""

    first: int
    last: int
    name: Name


class Vocabulary:
    """The titles of a catalogue, for finding those that contain a title of the trace."""

    def __init__(self, titles: Iterable[str] = ()):
        self._by_first: dict[str, set[tuple[str, ...]]] = {}
        for title in titles:
            if len(found := keys(title)) > 1:
                self._by_first.setdefault(found[0], set()).add(found)

    def at(self, words: Sequence[str], place: int) -> int:
        """How many words from `place` on are a title; 0 for none. The longest counts."""
        found = self._by_first.get(words[place], ())
        return max((len(title) for title in found if tuple(words[place : place + len(title)]) == title), default=0)


def names_of(trace: Trace, labels) -> dict[tuple[str, ...], Name]:
    """Everything that may be named, by its words. `labels`: other ways of writing a facet's value."""
    found: dict[tuple[str, ...], Name] = {}

    def name(written: str) -> Name:
        known = found.setdefault(keys(written), Name())
        known.edges.add(_edges(written))
        return known

    name(trace.item.title).is_item = True
    for deed in trace.deeds:
        name(deed.title).deeds.append(deed)
    for facet in frozenset().union(trace.item.facets, *(deed.facets for deed in trace.deeds)):
        for written in (facet[1], *labels.get(facet, ())):
            for form in _forms(written):
                name(form).facets.add(facet)
    found.pop((), None)
    return found


def spans_of(found: Sequence[Token], names: dict[tuple[str, ...], Name]) -> list[Span]:
    """Names in a sentence, from left to right, the longest first; marks between their words do not matter."""
    words = [place for place, token in enumerate(found) if token.kind != "mark"]
    written = [found[place].key for place in words]
    longest = max(map(len, names), default=0)
    spans, at = [], 0
    while at < len(words):
        for length in range(min(longest, len(words) - at), 0, -1):
            name = names.get(tuple(written[at : at + length]))
            if name is not None:
                spans.append(_with_edges(found, words[at], words[at + length - 1] + 1, name))
                at += length
                break
        else:
            at += 1
    return spans


def stranger(found: Sequence[Token], spans: Sequence[Span], vocabulary: Vocabulary) -> str:
    """A title of the catalogue that overlaps a name of the trace and is longer, as it is written; or nothing."""
    words = [place for place, token in enumerate(found) if token.kind != "mark"]
    written = [found[place].key for place in words]
    for at, place in enumerate(words):
        if length := vocabulary.at(written, at):
            last = words[at + length - 1] + 1
            touched = [span for span in spans if span.first < last and place < span.last]
            if touched and not any(span.first <= place and last <= span.last for span in touched):
                return " ".join(written[at : at + length])
    return ""


def _forms(written: str) -> list[str]:
    """A single English word in the plural too: "dramas" for "Drama", "comedies" for "Comedy"."""
    if not written.isascii() or not written.isalpha():
        return [written]
    return [written, f"{written}s", *([f"{written[:-1]}ies"] if written.endswith("y") else [])]


def _edges(written: str) -> tuple[Marks, Marks]:
    found = tokens(normalised(written))
    words = [place for place, token in enumerate(found) if token.kind != "mark"]
    if not words:
        return (), ()
    return tuple(token.key for token in found[: words[0]]), tuple(token.key for token in found[words[-1] + 1 :])


def _with_edges(found: Sequence[Token], first: int, last: int, name: Name) -> Span:
    """The marks that belong to the name are a part of it, so that "Mamma Mia!" ends no sentence."""

    def marks(start: int, end: int) -> Marks:
        return tuple(token.key for token in found[max(start, 0) : end])

    head = max((len(head) for head, _ in name.edges if marks(first - len(head), first) == head), default=0)
    tail = max((len(tail) for _, tail in name.edges if marks(last, last + len(tail)) == tail), default=0)
    return Span(first - head, last + tail, name)
