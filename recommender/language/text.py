"""Text as the language side reads it: cleaned for encoders, cut into words for TF-IDF and search."""

from __future__ import annotations

import html
import re
import unicodedata

MAX_CHARACTERS = 10_000

# Only what looks like markup: "a < b" and "I <3 you" are text.
_TAG = re.compile(r"<!--.{0,2000}?-->|</?[a-zA-Z][^<>]{0,1000}>", re.DOTALL)
_ACCENT = re.compile(r"[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_CJK = re.compile(r"([\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+)")
_APOSTROPHES = str.maketrans("", "", "'’")


def clean(text: str) -> str:
    """Readable text on one line: NFC, no markup, no control or zero-width characters, at most MAX_CHARACTERS."""
    text = text[: 4 * MAX_CHARACTERS]  # markup and blanks may go; what is far beyond the limit need not be read
    if "<" in text:
        text = _TAG.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    if not text.isprintable():
        text = "".join(_visible(character) for character in text)
    return " ".join(text.split())[:MAX_CHARACTERS].rstrip()


def _visible(character: str) -> str:
    """Blanks for characters that separate, nothing for those that neither show nor separate."""
    if character.isspace():
        return " "
    # Cc control, Cf format (zero-width, direction marks), Cs lone surrogates, Co private use, Cn unassigned
    return "" if unicodedata.category(character).startswith("C") else character


def words(text: str) -> list[str]:
    """Lower-case words without accents, in order, for languages with and without blanks between words.

    A run of Chinese characters or kana gives its overlapping pairs and its last character, so that every
    character begins a token: "绿茶" gives "绿茶" and "茶", and a search for "茶" finds it.
    """
    text = text.casefold().translate(_APOSTROPHES)
    if text.isascii():
        return _WORD.findall(text)
    # NFKD parts the accents from their letters and makes full-width letters ordinary ones.
    text = unicodedata.normalize("NFC", _ACCENT.sub("", unicodedata.normalize("NFKD", text)))
    found: list[str] = []
    for word in _WORD.findall(text):
        if word.isascii():
            found.append(word)
            continue
        # split with one group: plain stretches at even places, Chinese ones at odd places
        for place, stretch in enumerate(_CJK.split(word)):
            if place % 2:
                found += [stretch[start : start + 2] for start in range(len(stretch))]
            elif stretch:
                found.append(stretch)
    return found


def asked_words(text: str) -> list[str]:
    """The words of a question: as `words`, but a single Chinese character counts only where nothing longer was said.

    Almost any text holds a character such as "种" or "包": what asks for "面包" is not found by it.
    """
    found = words(text)
    longer = [word for word in found if len(word) > 1 or not _CJK.fullmatch(word)]
    return longer or found
