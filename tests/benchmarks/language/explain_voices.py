"""A voice that words explanations well and often makes things up, in English and Chinese."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from .explain_claims import Claim, Composed, Facts, bare

#: What people do, as a voice would say it; only kinds that the vertical has are used.
VERBS = {
    "en": {
        "rating": ("liked", "enjoyed"),
        "watch": ("watched",),
        "purchase": ("bought", "purchased", "ordered"),
        "view": ("opened", "viewed"),
        "save": ("saved", "bookmarked"),
    },
    "zh": {
        "rating": ("喜欢",),
        "watch": ("看过",),
        "purchase": ("买过", "购买过"),
        "view": ("浏览过", "打开过"),
        "save": ("收藏过",),
    },
}

OPENINGS = {
    "en": (
        "Because you {verb} {title}{shared}.",
        "Since you {verb} {title}, we think {item} could suit you{shared}.",
        "You {verb} “{title}”, so here is something similar{shared}.",
        "Here is {item}, picked because you {verb} {title}{shared}.",
        "If {title} was to your taste, {item} might be too{shared}.",
        "{item} may appeal to you because you {verb} {title}{shared}.",
        "This goes well with {title}, which you {verb}{shared}.",
        "We suggest {item} since you have {verb} {title}{shared}.",
        "Like {title}, which you {verb}, {item} could be a match for you{shared}.",
        "Your interest in {title} brought us to {item}{shared}.",
        "Given that you {verb} {title}, you might enjoy {item} as well{shared}.",
        "{title} is what connects you with this{shared}.",
        "You {verb} {title} – you may also like {item}{shared}.",
        "Another pick along the lines of {title}, which you {verb}{shared}.",
        "With {title} in mind, which you {verb}, take a look at {item}{shared}.",
    ),
    "zh": (
        "因为你{verb}《{title}》{shared}。",
        "你{verb}《{title}》，所以为你推荐《{item}》{shared}。",
        "由于你{verb}《{title}》，你可能会喜欢《{item}》{shared}。",
        "《{item}》适合你，因为你{verb}《{title}》{shared}。",
        "考虑到你{verb}《{title}》，不妨看看《{item}》{shared}。",
        "如果你对《{title}》感兴趣，也许也会喜欢《{item}》{shared}。",
        "这与你{verb}的《{title}》相似{shared}。",
        "鉴于你{verb}《{title}》，这也符合你的口味{shared}。",
        "推荐理由：你{verb}《{title}》{shared}。",
    ),
}
SHARED = {
    "en": (", also in {value}", " – both in {value}", ", which is also {value}", "; they share {value}"),
    "zh": ("，同属“{value}”", "，都属于{value}", "，同样是{value}"),
}
PAIRS = {
    "en": (
        "Because you {verb} {title} and {other}.",
        "{item} connects with both {title} and {other}, which you {verb}.",
        "Two picks of yours, {title} and {other}, point to {item}.",
    ),
    "zh": ("因为你{verb}《{title}》和《{other}》。", "你{verb}《{title}》、《{other}》，所以推荐《{item}》。"),
}

#: Falsehoods that no trace ever holds, put behind a sentence or in place of a word.
FREE = {
    "en": {
        "time": (
            "You watched it last week.",
            "You came back to it three times this month.",
            "It came out in 1987.",
            "You liked it yesterday evening.",
        ),
        "crowd": ("Everyone is talking about it.", "It is a bestseller.", "Most people like you bought it."),
        "praise": ("It won two awards.", "Critics love it.", "It is the best of its kind."),
        "person": (
            "It suits women in their thirties.",
            "Your friend Anna liked it.",
            "Great for people with sensitive skin.",
            "As you live alone, it fits.",
        ),
        "maker": (
            "It is by the same brand.",
            "It comes from the same director, Agnès Varda.",
            "Made by Hokkaido Labs.",
            "It is starring Al Pacino.",
        ),
    },
    "zh": {
        "time": ("你上周看过它。", "它于1987年面世。", "你昨天刚刚看过。"),
        "crowd": ("大家都在买。", "这是畅销款。", "很多人和你一样喜欢它。"),
        "praise": ("它曾获大奖。", "好评如潮。", "它是同类中最好的。"),
        "person": ("适合三十多岁的女性。", "你的朋友小安喜欢它。", "适合敏感肌。"),
        "maker": ("它出自同一品牌。", "它由同一位导演阿涅斯执导。", "由北海道实验室出品。"),
    },
}
DISLIKED = {
    "en": ("disliked", "hated", "never liked", "did not like", "gave up on", "sent back"),
    "zh": ("不喜欢", "讨厌", "没看过", "退回了", "不想再看到"),
}
COUNTS = {
    "en": "Because of {number} {noun}s that you {verb}: {title}.",
    "zh": "因为你{verb}{number}{measure}：《{title}》。",
}
NUMBERS = {"en": ("three", "five", "7", "many", "several", "two dozen"), "zh": ("三件", "五部", "七个", "很多", "几部")}


@dataclass(frozen=True)
class Voice:
    """Composes sentences about one recommendation. `facets`: every value of the catalogue, for inventing."""

    code: str
    facts: Facts
    random: np.random.Generator
    facets: tuple[tuple[str, str], ...]
    kinds: tuple[str, ...]
    noun: str

    def true(self) -> Composed:
        """One or two deeds, what they share with the item where they share something, and the item."""
        row = self._pick(self.facts.named)
        others = [other for other in self.facts.named if other != row]
        if others and self.random.random() < 0.25:
            return self._pair(row, self._pick(others))
        shared = sorted(self.facts.values[row] & self.facts.values[self.facts.item])
        facet = self._pick(shared) if shared and self.random.random() < 0.6 else None
        return self._say(row, self.facts.titles[row], self._verb(row), facet)

    def false(self, label: str | None = None) -> Composed | None:
        """A sentence with one falsehood; None where the trace has nothing that this kind needs."""
        label = label or self._pick(sorted(FALSEHOODS))
        composed = FALSEHOODS[label](self)
        return None if composed is None or self.facts.grounded(composed) else replace(composed, label=label)

    def _say(self, row, title, verb, facet=None, item=None, rows=None) -> Composed:
        kind, word = verb
        template = self._pick(OPENINGS[self.code])
        shared = self._pick(SHARED[self.code]).format(value=facet[1]) if facet else ""
        item = self.facts.titles[self.facts.item] if item is None else item
        claims = [Claim("did", kind=kind if "{verb}" in template else self._own(row), title=title, row=row)]
        if "{item}" in template:
            claims.append(Claim("item", title=item))
        if facet:
            claims.append(Claim("shared", field=facet[0], value=facet[1], rows=rows or (row, self.facts.item)))
        return Composed(template.format(title=title, verb=word, item=item, shared=shared), tuple(claims))

    def _pair(self, row: int, other: int) -> Composed:
        titles = self.facts.titles
        (kind, word), template = self._verb(row), self._pick(PAIRS[self.code])
        text = template.format(verb=word, title=titles[row], other=titles[other], item=titles[self.facts.item])
        claims = [Claim("did", kind=kind, title=titles[one], row=one) for one in (row, other)]
        return Composed(text, tuple(claims))

    def _own(self, row: int | None) -> str:
        return min(self.facts.kinds.get(row, frozenset({"none"})))

    def _verb(self, row: int) -> tuple[str, str]:
        kind = self._pick([kind for kind in sorted(self.facts.kinds[row]) if kind in VERBS[self.code]])
        return kind, self._pick(VERBS[self.code][kind])

    def _pick(self, choices):
        return choices[int(self.random.integers(len(choices)))]

    # -- falsehoods -------------------------------------------------------------------------------------------

    def stranger(self) -> Composed | None:
        """A title of the catalogue, or of the person's past, that is not in the trace."""
        past = [row for row in self.facts.kinds if row not in self.facts.named and row != self.facts.item]
        anywhere = int(self.random.integers(len(self.facts.titles)))
        other = self._pick(past) if past and self.random.random() < 0.5 else anywhere
        titles = {bare(self.facts.titles[row]) for row in (*self.facts.named, self.facts.item)}
        if bare(self.facts.titles[other]) in titles | {""}:
            return None
        return self._say(other, self.facts.titles[other], self._verb(self._pick(self.facts.named)))

    def near_title(self) -> Composed | None:
        """A title that is nearly one of the trace."""
        row = self._pick(self.facts.named)
        words = self.facts.titles[row].split()
        changes = [
            f"{self.facts.titles[row]} 2",
            f"The {self.facts.titles[row]}",
            f"Return of {self.facts.titles[row]}",
            f"{self.facts.titles[row]}: {words[0]}",
            " ".join(words[:-1]),
            " ".join(words[1:]),
            " ".join(reversed(words)),
            f"{self.facts.titles[row]}s",
        ]
        title = self._pick([change for change in changes if bare(change) and bare(change) != bare(" ".join(words))])
        if bare(title) in {bare(self.facts.titles[one]) for one in (*self.facts.named, self.facts.item)}:
            return None
        # Said of a row that does not exist, for no item of the trace is called so.
        return self._say(None, title, self._verb(row))

    def wrong_kind(self) -> Composed | None:
        row = self._pick(self.facts.named)
        others = [kind for kind in self.kinds if kind not in self.facts.kinds[row] and kind in VERBS[self.code]]
        others = [k for k in others if not set(VERBS[self.code][k]) & self._true_words(row)]
        if not others:
            return None
        kind = self._pick(others)
        word = self._pick(VERBS[self.code][kind])
        composed = self._say(row, self.facts.titles[row], (kind, word))
        return composed if word in composed.text else None

    def _true_words(self, row: int) -> set[str]:
        return {word for kind in self.facts.kinds[row] for word in VERBS[self.code].get(kind, ())}

    def polarity(self) -> Composed:
        row, word = self._pick(self.facts.named), self._pick(DISLIKED[self.code])
        text = ("Because you {verb} {title}." if self.code == "en" else "因为你{verb}《{title}》。").format(
            verb=word, title=self.facts.titles[row]
        )
        return Composed(text, (Claim("disliked", row=row),))

    def wrong_facet(self) -> Composed | None:
        """A value that is true of nothing here, or of only one of the two."""
        row, item = self._pick(self.facts.named), self.facts.item
        one_sided = sorted(self.facts.values[row] ^ self.facts.values[item])
        facet = self._pick(one_sided if one_sided and self.random.random() < 0.7 else self.facets)
        if bare(facet[1]) in {bare(value) for _, value in self.facts.values[row] & self.facts.values[item]}:
            return None
        return self._say(row, self.facts.titles[row], self._verb(row), facet)

    def item_as_deed(self) -> Composed | None:
        item = self.facts.item
        titles = {bare(self.facts.titles[row]) for row in self.facts.named}
        if bare(self.facts.titles[item]) in titles:
            return None
        return self._say(item, self.facts.titles[item], self._verb(self._pick(self.facts.named)))

    def count(self) -> Composed:
        row, number = self._pick(self.facts.named), self._pick(NUMBERS[self.code])
        kind, word = self._verb(row)
        title = self.facts.titles[row]
        text = COUNTS[self.code].format(number=number, noun=self.noun, verb=word, title=title, measure="")
        return Composed(text, (Claim("did", kind=kind, title=title, row=row), Claim("count", number=99, rows=(row,))))

    def invented_item(self) -> Composed | None:
        """The recommended item under another name."""
        row = self._pick(self.facts.named)
        other = int(self.random.integers(len(self.facts.titles)))
        known = {bare(self.facts.titles[one]) for one in (*self.facts.named, self.facts.item)}
        if bare(self.facts.titles[other]) in known | {""}:
            return None
        composed = self._say(row, self.facts.titles[row], self._verb(row), item=self.facts.titles[other])
        return composed if any(claim.what == "item" for claim in composed.claims) else None

    def disguised(self) -> Composed | None:
        """A title that is not in the trace, in other letters: lower case, full width, invisible characters."""
        composed = self.stranger()
        if composed is None:
            return None
        title = composed.claims[0].title
        changed = self._pick([title.lower(), title.upper(), _wide(title), "\u200b".join(title)])
        return replace(composed, text=composed.text.replace(title, changed))

    def free(self, what: str) -> Composed:
        true = self.true()
        gap = " " if self.code == "en" else ""
        extra = self._pick(FREE[self.code][what])
        return Composed(f"{true.text}{gap}{extra}", (*true.claims, Claim("free")))


def _wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


FALSEHOODS: dict[str, Callable[[Voice], Composed | None]] = {
    "another title": Voice.stranger,
    "nearly the title": Voice.near_title,
    "another act": Voice.wrong_kind,
    "the opposite": Voice.polarity,
    "a facet that is not shared": Voice.wrong_facet,
    "the item as something done": Voice.item_as_deed,
    "a count": Voice.count,
    "the item by another name": Voice.invented_item,
    "a title in disguise": Voice.disguised,
    "a time or number": lambda voice: voice.free("time"),
    "the crowd": lambda voice: voice.free("crowd"),
    "praise": lambda voice: voice.free("praise"),
    "about the person": lambda voice: voice.free("person"),
    "a maker": lambda voice: voice.free("maker"),
}
