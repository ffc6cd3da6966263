"""What one clause claims, beside the trace: acts and their titles, facets and whose they are, counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from .lexicon import Lexicon
from .names import Name
from .reading import Part, Ungrounded
from .trace import Facet, Trace

#: What may stand between a title and "you watched" behind it, and between "director" and a name.
_BACK = frozenset(
    {"that", "which", "a", "an", "the", "title", "is", "are", "was", "as", "in", "mind", "是", "这", "的"}
)
_TO_VALUE = frozenset({"is", "of", "the", "by", "same", "in", "是", "为", "同为", "的", "同一", "同是"})
_TASTE = frozenset({"感兴趣", "兴趣", "有"})
#: Behind the recommended item they begin a clause of its own.
_FINITE = frozenset(
    {"is", "shares", "fits", "goes", "matches", "comes", "belongs", "seems", "suits", "connects", "appeals"}
    | {"是", "也", "也是", "同样", "同样是", "适合", "适合你", "属于", "同属", "同为", "同是", "符合", "值得", "出自"}
)
#: The recommended item, pointed at.
_THIS = frozenset(
    {"this", "it", "these", "those", "这", "它", "这部", "这个", "这本", "这件", "这款", "这首", "这篇", "该"}
)
#: Behind the recommended item they tell of a past that it does not have.
_PAST = frozenset({"was", "were", "had", "has", "did", "brought", "came", "what", "interested", "connected"})


class Clause:
    """The claims of one clause. `named`: what the whole sentence names of the person's deeds."""

    def __init__(self, parts: Sequence[Part], lexicon: Lexicon, trace: Trace, named: Sequence[Name]):
        self.parts, self.lexicon, self.trace, self.named = parts, lexicon, trace, named
        self.governed: set[int] = set()  # places of titles whose verb was checked

    def check(self) -> None:
        self._check_start()
        self._check_neighbours()
        for place, part in enumerate(self.parts):
            if part.role == "claim":
                self._claim(place, part.kinds)
            elif part.role == "word":
                self._check_word(place, part.text)
        for place, part in enumerate(self.parts):
            if part.role == "name":
                self._check_name(place, part.name)

    def _check_start(self) -> None:
        """ "You bought A! And B." would slip B past the verb."""
        told = [part for part in self.parts if part.role != "mark"]
        if len(told) > 1 and self._is_and(told[0]) and told[1].is_title:
            raise Ungrounded("It begins with the rest of a list.")

    def _check_neighbours(self) -> None:
        """ "Alien: Drama" would be the title of another film: between two names stands a word, or what parts them."""
        before = None
        for place, part in enumerate(self.parts):
            if part.role == "name":
                if before is not None and all(mark.text in ":-–—/" for mark in self.parts[before + 1 : place]):
                    raise Ungrounded("It joins two names as if they were one.")
                before = place
            elif part.role != "mark":
                before = None

    def _check_word(self, place: int, text: str) -> None:
        lexicon = self.lexicon
        if text == "same" and self._word_after(place) in lexicon.nouns | {"title", "thing", "one"}:
            raise Ungrounded("It says that two are the same.")
        guess = any(part.role == "word" and lexicon.is_modal(part.text) for part in self._back(place, 4))
        if lexicon.is_liking(text):
            if not guess and self._subject(place) is not None:
                self._claim(place, lexicon.liking_kinds)
            elif not guess and lexicon.code == "zh":
                raise Ungrounded(f"It says {text!r} of nobody.")
        elif text in lexicon.verbs and (self._subject(place) is not None or not lexicon.is_glue(text)):
            if self._subject(place) is None:
                raise Ungrounded(f"It says {text!r} of somebody else.")
            self._claim(place, lexicon.verbs[text])
        elif text in lexicon.cues:
            self._check_cue(place, lexicon.cues[text], text)
        elif lexicon.is_together(text) and lexicon.code == "en" and len(self.named) not in (1, 2):
            raise Ungrounded(f"It says {text!r} of {len(self.named)}.")
        elif not lexicon.is_glue(text) and lexicon.number(text) not in (None, len(self.named)):
            raise Ungrounded(f"It counts {text!r} and names {len(self.named)}.")

    def _claim(self, place: int, kinds: frozenset[str]) -> None:
        """Every title that the verb at `place` speaks of must be of something done in one of these ways."""
        told = self._objects(place)
        if not told:
            raise Ungrounded(f"It says {self.parts[place].text!r} of nothing that is in the trace.")
        for at in told:
            name = self.parts[at].name
            if not any(deed.kinds & kinds for deed in name.deeds):
                raise Ungrounded(f"It says {self.parts[place].text or 'something'!r} of what was not so.")
            self.governed.add(at)

    def _objects(self, place: int) -> list[int]:
        """Places of the titles after a verb, or before it as in "A, which you watched"."""
        lexicon, at = self.lexicon, place + 1
        while at < len(self.parts) and self._passes(self.parts[at], lexicon.before_object, ":"):
            at += 1
        if at < len(self.parts) and self.parts[at].is_title:
            return self._list_from(at)
        at = place - 1
        while at >= 0 and self._passes(self.parts[at], self._goes_back, ",-–—("):
            at -= 1
        return self._list_to(at) if at >= 0 and self.parts[at].is_title else []

    def _goes_back(self, text: str) -> bool:
        lexicon = self.lexicon
        return text in _BACK or text in lexicon.nouns or lexicon.is_subject(text) or lexicon.before_verb(text)

    def _list_from(self, at: int) -> list[int]:
        """The titles of "A, B and C"; the recommended item with a verb of its own begins another clause."""
        told = [at]
        while True:
            step, joined = at + 1, False
            while step < len(self.parts) and not self.parts[step].is_title:
                part = self.parts[step]
                if self._is_and(part) or (part.role == "mark" and part.text in ",/"):
                    joined = True
                elif joined and part.text in _THIS:
                    self._check_this(step)
                    return told
                elif not (part.is_quote or (part.role == "word" and self.lexicon.before_object(part.text))):
                    return told
                step += 1
            if step >= len(self.parts) or not joined:
                return told
            if not self.parts[step].name.deeds and self._has_verb_after(step):
                return told
            told.append(step)
            at = step

    def _check_this(self, place: int) -> None:
        """ "You liked A and this" claims what "you liked A, and this is similar" does not."""
        last = place
        while last + 1 < len(self.parts) and self.parts[last + 1].text in self.lexicon.nouns:
            last += 1
        if not self._has_verb_after(last):
            raise Ungrounded("It takes the recommended item for something that the person did.")

    def _list_to(self, at: int) -> list[int]:
        told = [at]
        step, joined = at - 1, False
        while step >= 0:
            part = self.parts[step]
            if part.is_title and joined:
                told.append(step)
                joined = False
            elif self._is_and(part) or (part.role == "mark" and part.text in ",&、"):
                joined = True
            elif not part.is_quote:
                break
            step -= 1
        return told

    def _has_verb_after(self, at: int) -> bool:
        after = [part for part in self.parts[at + 1 : at + 3] if not part.is_quote]
        return bool(after) and (after[0].text in _FINITE or self.lexicon.is_modal(after[0].text))

    def _subject(self, place: int) -> int | None:
        """The place of "you" before a verb, also across "you watched A and liked B"."""
        lexicon, at, joined = self.lexicon, place - 1, False
        while at >= 0:
            part = self.parts[at]
            if part.role == "word" and lexicon.is_subject(part.text):
                return at
            if part.role == "name" and joined:
                return at if at in self.governed else None
            if self._is_and(part) or (part.role == "mark" and part.text in ",、"):
                joined = True
            elif not part.is_quote and not (part.role == "word" and lexicon.before_verb(part.text)):
                return None
            at -= 1
        return None

    def _check_cue(self, place: int, fields: frozenset[str], text: str) -> None:
        """ "By", "director", "genre": the value beside it must be one of theirs; without one, something is shared."""
        if text == "by" and self._followed_by_cue(place, fields):
            return  # "by the same director": that word is checked itself
        value = self._value_beside(place, back=text != "by")
        if value is not None:
            if not any(field in fields for field, _ in self._shared(value)):
                raise Ungrounded(f"{text!r} does not go with the value beside it, or is not shared.")
            return
        if text == "by":
            raise Ungrounded("It says by whom, and names nobody of the trace.")
        if not any(field in fields for field, _ in self._all_shared()):
            raise Ungrounded(f"It says {text!r} of what is not shared.")

    def _value_beside(self, place: int, back: bool) -> Name | None:
        at = place + 1
        while at < len(self.parts) and self._passes(self.parts[at], _TO_VALUE.__contains__, ":,-–—("):
            at += 1
        if at < len(self.parts) and self.parts[at].role == "name" and self.parts[at].name.facets:
            return self.parts[at].name
        at = place - 1
        while at >= 0 and self.parts[at].is_quote:
            at -= 1
        before = self.parts[at] if back and at >= 0 else None
        return before.name if before is not None and before.role == "name" and before.name.facets else None

    def _followed_by_cue(self, place: int, fields: frozenset[str]) -> bool:
        after = [part.text for part in self.parts[place + 1 : place + 4] if part.role == "word"]
        return any(self.lexicon.cues.get(text, frozenset()) & fields for text in after)

    def _check_name(self, place: int, name: Name) -> None:
        as_facet = name.facets and place not in self.governed and not (name.is_title and self._is_quoted(place))
        if as_facet and not self._shared(name):
            raise Ungrounded(f"It says {sorted(name.facets)[0][1]!r} of what is not so, or not of both.")
        if name.is_item and not name.deeds and self._is_ground(place):
            raise Ungrounded("It takes the recommended item for something that the person did.")

    def _is_quoted(self, place: int) -> bool:
        return place > 0 and self.parts[place - 1].is_quote

    def _is_ground(self, place: int) -> bool:
        """Whether the title at `place` stands where what somebody did stands: "because of A", "A was to your taste"."""
        lexicon, words = self.lexicon, []
        alone = self._has_verb_after(place)  # else it may be the rest of a list, whose head tells what it is
        for part in reversed(self.parts[:place]):
            listed = part.role == "name" or self._is_and(part) or (part.role == "mark" and part.text == ",")
            if part.role == "word" and not self._is_and(part):
                if not lexicon.before_object(part.text):
                    words.insert(0, part.text)
            elif not part.is_quote and (words or alone or not listed):
                break
        said = lexicon.blank.join(words)
        after = [part.text for part in self.parts[place + 1 : place + 4] if not part.is_quote]
        if lexicon.code == "zh" and words and words[-1] == "对":
            taste = next((at for at, word in enumerate(after) if word in _TASTE), None)
            return taste is not None and not any(lexicon.is_modal(word) for word in {*words, *after[:taste]})
        if (after and after[0] in _PAST) or "what" in after[:2]:
            return True
        guess = any(lexicon.is_modal(word) for word in words)
        if words and lexicon.is_liking(words[-1]) and not guess:
            return True
        return any(said == ground or said.endswith(lexicon.blank + ground) for ground in lexicon.grounds)

    def _shared(self, name: Name) -> set[Facet]:
        """The facets that the name can mean here and that are true of all that the clause speaks of."""
        return name.facets & self._all_shared()

    def _all_shared(self) -> set[Facet]:
        deeds = [part.name for part in self.parts if part.role == "name" and part.name.deeds]
        together = any(part.role == "word" and self.lexicon.is_together(part.text) for part in self.parts)
        held = set(self.trace.item.facets)
        for name in self.named if together or not deeds else deeds:
            held &= set().union(*(deed.facets for deed in name.deeds))
        return held

    def _word_after(self, place: int) -> str:
        """The word behind `place`, quotes passed over."""
        after = (part for part in self.parts[place + 1 :] if not part.is_quote)
        return next(after, Part("mark")).text

    def _back(self, place: int, steps: int) -> list[Part]:
        """The parts before `place` up to the nearest name, at most `steps`."""
        told: list[Part] = []
        for part in reversed(self.parts[max(0, place - steps) : place]):
            if part.role == "name":
                break
            told.append(part)
        return told

    def _is_and(self, part: Part) -> bool:
        return (part.role == "word" and self.lexicon.is_and(part.text)) or (part.role == "mark" and part.text in "&、")

    @staticmethod
    def _passes(part: Part, word: Callable[[str], bool], marks: str) -> bool:
        """Whether a part is a quote, one of the `marks`, or a word for which `word` is true."""
        if part.role == "word":
            return word(part.text)
        return part.role == "mark" and (part.is_quote or part.text in marks)
