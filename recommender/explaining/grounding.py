"""The checker: whether a sentence says only what the trace of a recommendation says.

A closed world. Titles and facets are found first; every other word must be one of the few hundred that claim
nothing, or one whose claim is checked: what was done, what is shared, by whom, how many. What the checker
cannot read it refuses, and the template takes the sentence's place.
"""

from __future__ import annotations

from collections.abc import Iterable

from .clauses import Clause
from .lexicon import Lexicon
from .names import Vocabulary, names_of, spans_of, stranger
from .reading import Ungrounded, read
from .tokens import keys, normalised, tokens
from .trace import Deed, Trace

MOST_CHARACTERS = 1_000


class Checker:
    """For one vertical and language. `titles`: those of the catalogue, so that "Heat" is not taken for "The Heat"."""

    def __init__(self, lexicon: Lexicon, titles: Iterable[str] = ()):
        self.lexicon = lexicon
        self.vocabulary = Vocabulary(titles)

    def refusal(self, sentence: str, trace: Trace) -> str:
        """What the sentence says that the trace does not, as a sentence; empty if it is grounded."""
        try:
            self._check(sentence, trace)
        except Ungrounded as error:
            return str(error)
        return ""

    def _check(self, sentence: str, trace: Trace) -> None:
        if not sentence.strip() or len(sentence) > MOST_CHARACTERS:
            raise Ungrounded(f"It is empty or longer than {MOST_CHARACTERS} characters.")
        written = normalised(sentence)
        found = tokens(written)
        spans = spans_of(found, names_of(trace, self.lexicon.labels))
        if title := stranger(found, spans, self.vocabulary):
            raise Ungrounded(f"It names {title!r}, which is not in the trace.")
        if trace.needed and _is_counterfactual(self.lexicon.code, found, spans, trace):
            return
        clauses = read(found, spans, self.lexicon, written)
        named = [part.name for clause in clauses for part in clause if part.role == "name" and part.name.deeds]
        if not named:
            raise Ungrounded("It names nothing that the person did, and so explains nothing.")
        for clause in clauses:
            Clause(clause, self.lexicon, trace, list(dict.fromkeys(named))).check()


#: The words of a counterfactual around the titles; see `wording.COUNTERFACTUAL`.
_WITHOUT = {
    "en": (keys("Without"), keys("this would not be in your list")),
    "zh": (keys("如果没有"), keys("它就不会出现在你的列表里")),
}


def _is_counterfactual(code: str, found, spans, trace: Trace) -> bool:
    """Whether the sentence is the one about what would not be there, with exactly the titles that it is true of."""
    inside = {place for span in spans for place in range(span.first, span.last)}
    words = tuple(token.key for place, token in enumerate(found) if place not in inside and token.kind != "mark")
    before, after = _WITHOUT[code]
    joined = {"and", "和"}
    middle = words[len(before) : len(words) - len(after)]
    told: set[Deed] = {deed for span in spans for deed in span.name.deeds}
    return (
        words[: len(before)] == before
        and words[len(words) - len(after) :] == after
        and set(middle) <= joined
        and {deed.title for deed in told} == set(trace.needed)
        and all(span.name.deeds for span in spans)
    )
