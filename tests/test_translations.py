"""Every word that is marked for translation has its Chinese. Reads sources without the gettext binaries."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.utils.translation import gettext, override
from django.utils.translation.template import templatize

from catalog.schema import Words
from recommender import registry
from recommender.contracts import Vertical

APPS = ("catalog", "behaviour", "recommender", "config")
CATALOGUE = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"

#: Function → what its first arguments are.
MARKERS = {
    "": ("msgid",),
    "n": ("msgid", "plural"),
    "p": ("context", "msgid"),
    "np": ("context", "msgid", "plural"),
}
NAMES = {f"{prefix}gettext{suffix}": what for prefix, what in MARKERS.items() for suffix in ("", "_lazy", "_noop")}
NAMES["_"] = MARKERS[""]

LITERAL = r"""u?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
TEMPLATE_CALL = re.compile(rf"\b(_|n?p?gettext)\(({LITERAL}(?:,\s*{LITERAL})*)", re.DOTALL)
PLACEHOLDER = re.compile(r"%\(\w+\)[a-z]|%%|\{\w*\}|</?\w+[^>]*>")

Message = tuple[str | None, str, str]  # context, msgid, plural


def marked_in_python(source: str, place: str) -> Iterator[Message]:
    """Fails on a call with anything but literals: nothing can gather what only exists while the program runs."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        arguments = node.args[: len(NAMES.get(name, ()))]
        if name not in NAMES or not arguments:
            continue
        assert all(isinstance(argument, ast.Constant) for argument in arguments), (
            f"{place}:{node.lineno}: {name} needs plain strings, so that they can be gathered."
        )
        yield message(name, [argument.value for argument in arguments])


def marked_in_template(source: str) -> Iterator[Message]:
    """What `makemessages` would see: Django turns a template into calls of gettext for it."""
    for name, arguments in TEMPLATE_CALL.findall(templatize(source)):
        yield message(name, ast.literal_eval(f"[{arguments}]"))


def message(name: str, arguments: list[str]) -> Message:
    parts = dict(zip(NAMES[name], arguments, strict=True))
    return parts.get("context"), parts["msgid"], parts.get("plural", "")


def marked_in(folder: Path) -> dict[Message, str]:
    """Message → a file that it stands in."""
    found: dict[Message, str] = {}
    for path in folder.rglob("*.py"):
        found |= dict.fromkeys(marked_in_python(path.read_text(), str(path)), str(path))
    for path in folder.rglob("*.html"):
        found |= dict.fromkeys(marked_in_template(path.read_text()), str(path))
    return found


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    return polib.pofile(str(CATALOGUE))


def key(entry: polib.POEntry) -> Message:
    return entry.msgctxt, entry.msgid, entry.msgid_plural


def chinese(entry: polib.POEntry) -> str:
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


def test_everything_is_translated_and_nothing_is_a_guess(catalogue):
    assert [entry.msgid for entry in catalogue if not chinese(entry).strip()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_chinese_has_one_form_for_every_number(catalogue):
    assert catalogue.metadata["Plural-Forms"] == "nplurals=1; plural=0;"
    assert [entry.msgid for entry in catalogue if entry.msgid_plural and set(entry.msgstr_plural) != {0}] == []


def test_placeholders_and_markup_survive_translation(catalogue):
    def kept(text: str) -> list[str]:
        return sorted(PLACEHOLDER.findall(text))

    assert [entry.msgid for entry in catalogue if kept(entry.msgid_plural or entry.msgid) != kept(chinese(entry))] == []


def test_the_compiled_catalogue_is_the_written_one(catalogue):
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {key(entry): chinese(entry) for entry in compiled} == {key(entry): chinese(entry) for entry in catalogue}


def test_django_speaks_the_catalogue(catalogue):
    with override("zh-hans"):
        wrong = [e.msgid for e in catalogue if not (e.msgctxt or e.msgid_plural) and gettext(e.msgid) != e.msgstr]
    assert wrong == []


@pytest.mark.parametrize("app", APPS)
def test_every_marked_string_is_in_the_catalogue(app, catalogue):
    known = {key(entry) for entry in catalogue}
    missing = {place: words for words, place in marked_in(settings.BASE_DIR / app).items() if words not in known}
    assert missing == {}, "Run `make messages` and translate what is new."


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ('{% translate "Hello" %}', (None, "Hello", "")),
        ('{% translate "May" context "month" %}', ("month", "May", "")),
        ("{% blocktranslate trimmed with who=name %}\n Hello\n {{ who }}{% endblocktranslate %}",
         (None, "Hello %(who)s", "")),
        ("{% blocktranslate count n=2 %}{{ n }} film{% plural %}{{ n }} films{% endblocktranslate %}",
         (None, "%(n)s film", "%(n)s films")),
    ],
)  # fmt: skip
def test_a_string_in_a_template_is_found(template, expected, tmp_path):
    (tmp_path / "page.html").write_text("{% load i18n %}<p>" + template + "</p>")
    assert list(marked_in(tmp_path)) == [expected]


def test_strings_in_python_are_found(tmp_path):
    (tmp_path / "a.py").write_text('_("One")\npgettext_lazy("b", "Two")\nngettext("%(n)s film", "%(n)s films", 3)\n')
    assert set(marked_in(tmp_path)) == {(None, "One", ""), ("b", "Two", ""), (None, "%(n)s film", "%(n)s films")}


def test_a_string_that_cannot_be_gathered_is_refused(tmp_path):
    (tmp_path / "a.py").write_text("_(words)\n")
    with pytest.raises(AssertionError, match="plain strings"):
        marked_in(tmp_path)


def words_of(vertical: Vertical) -> dict[str, Words | str]:
    """Everything of a vertical that people read, by where it stands."""
    fields = [*vertical.item_schema, *vertical.person_schema]
    return {
        "name": vertical.name,
        "item_noun": vertical.item_noun,
        "item_nouns": vertical.item_nouns or vertical.item_noun,
        "reason": vertical.reason,
        **{f"reasons[{kind}]": words for kind, words in vertical.reasons.items()},
        **{f"field {field.name}": field.label for field in fields},
        **{f"field {f.name}, choice {choice}": f.choice_labels.get(choice, "") for f in fields for choice in f.choices},
        **{f"kind {kind.name}": kind.label for kind in vertical.kinds},
        **{f"placement {placement.slug}": placement.name for placement in vertical.placements},
        **{f"rule {rule.slug}": rule.reason for rule in vertical.rules},
    }


def assert_bilingual(where: str, words: Words | str) -> None:
    assert not isinstance(words, str), f"{where} is in one language only: {words!r}."
    for code, _name in settings.LANGUAGES:
        assert words.get(code), f"{where} has no words in {code}."
        assert PLACEHOLDER.findall(words[code]) == PLACEHOLDER.findall(words["en"]), f"{where} loses a placeholder."


def test_verticals_speak_every_language():
    for slug, vertical in registry.verticals().items():
        for where, words in words_of(vertical).items():
            assert_bilingual(f"{slug}: {where}", words)


def test_algorithms_speak_every_language():
    for slug, algorithm in registry.algorithms().items():
        assert_bilingual(f"{slug}: name", algorithm.name)
        assert_bilingual(f"{slug}: summary", algorithm.summary)
