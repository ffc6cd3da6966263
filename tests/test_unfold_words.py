"""Nothing of Unfold's pages is left in English for whoever reads Chinese."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import unfold
from django.conf import settings
from django.utils.translation import gettext, ngettext, override
from django.utils.translation.template import templatize

HOME = Path(unfold.__file__).parent
#: Calls by which words are marked, and how many of their arguments are words.
MARKS = {"gettext": 1, "gettext_lazy": 1, "_": 1, "gettext_noop": 1, "ngettext": 2, "ngettext_lazy": 2}
#: `templatize` makes such calls of a template, among X's that keep its lines.
CALL = re.compile(r"\b(?:n?gettext)\((?:u?(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")(?:, ?)?)+(?:\w+)?\)")


def folders() -> Iterator[Path]:
    """Of Unfold itself, without what stands in it for other packages, and of the parts of it that are installed."""
    for app in settings.INSTALLED_APPS:
        if app == "unfold" or app.startswith("unfold."):
            yield HOME.joinpath(*app.split(".")[1:])


def files() -> list[Path]:
    found = []
    for folder in folders():
        found += [path for path in folder.rglob("*") if path.suffix in {".py", ".html"}]
    kept = [folder for folder in folders() if folder != HOME]
    contrib, crispy = HOME / "contrib", HOME / "templates" / "unfold_crispy"
    return [
        path
        for path in dict.fromkeys(found)
        if crispy not in path.parents and (contrib not in path.parents or any(one in path.parents for one in kept))
    ]


def words_of(path: Path) -> Iterator[tuple[str, ...]]:
    """(words,), or (singular, plural)."""
    text = path.read_text()
    if path.suffix == ".html":
        text = "\n".join(CALL.findall(templatize(text)))
    for node in ast.walk(ast.parse(text)):
        name = getattr(getattr(node, "func", None), "id", "")
        if name in MARKS:
            found = [one.value for one in node.args[: MARKS[name]] if isinstance(one, ast.Constant)]
            if found and all(isinstance(one, str) for one in found):
                yield tuple(found)


WORDS = sorted({words for path in files() for words in words_of(path)})


def test_words_are_found_in_templates_and_in_code():
    assert {("Reset filters",), ("Select currency",), ("entry", "entries")} <= set(WORDS)
    assert len(WORDS) > 100


@pytest.mark.parametrize("words", WORDS, ids=lambda words: words[0].strip()[:40])
def test_every_word_of_unfold_is_said_in_chinese(words):
    with override("zh-hans"):
        said = ngettext(*words, 2) if len(words) == 2 else gettext(words[0])
    assert re.search(r"[\u4e00-\u9fff]", said), f"{words[0]!r} stays {said!r}: name it in config/unfold_words.py"
