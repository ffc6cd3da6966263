"""A sentence as words and marks, in a form in which case, accents, quotes and invisible characters hide nothing."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_CJK = "\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_TOKEN = re.compile(
    rf"(?P<cjk>[{_CJK}])|(?P<word>(?:(?![{_CJK}])[^\W_])+(?:['’](?:(?![{_CJK}])[^\W_])+)*)|(?P<mark>\S)"
)

OPENING, CLOSING, EITHER = frozenset("“«「『《〈‘„"), frozenset("”»」』》〉’"), frozenset("\"'`")
QUOTES = OPENING | CLOSING | EITHER
STOPS = frozenset(".;!?。…")
#: What may stand between words without saying anything.
MARKS = QUOTES | STOPS | frozenset(",:()[]-–—/&、·")


@dataclass(frozen=True, slots=True)
class Token:
    """`key`: lower case without accents and apostrophes, what is compared. `kind`: word, cjk or mark."""

    key: str
    kind: str
    capital: bool = False
    start: int = 0
    end: int = 0


def normalised(text: str) -> str:
    """NFKC without characters that neither show nor separate (zero-width, direction marks, control)."""
    text = unicodedata.normalize("NFKC", text)
    return "".join(c if not unicodedata.category(c).startswith("C") else " " * c.isspace() for c in text)


def tokens(text: str) -> list[Token]:
    """Of text that is normalised already. A Chinese character is a token of its own."""
    found = []
    for match in _TOKEN.finditer(text):
        kind, written = match.lastgroup, match[0]
        key = folded(written) if kind == "word" else written
        if key:
            found.append(Token(key, kind, written[:1].isupper(), match.start(), match.end()))
    return found


def keys(text: str) -> tuple[str, ...]:
    """The words of a name, marks left out, as they are compared."""
    return tuple(token.key for token in tokens(normalised(text)) if token.kind != "mark")


def folded(word: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return bare.casefold().replace("'", "").replace("’", "")
