"""Files as people send them."""

from __future__ import annotations

import pytest

from catalog.admin.exchange import reading
from catalog.admin.exchange.reading import FileError, sheet_read


def rows(content: bytes | str) -> list:
    return sheet_read(content.encode() if isinstance(content, str) else content).rows


def test_rows_are_counted_as_in_a_spreadsheet_where_a_cell_may_hold_lines():
    assert rows('id,text\na,"one\ntwo"\nb,three\n') == [
        (2, {"id": "a", "text": "one\ntwo"}),
        (3, {"id": "b", "text": "three"}),
    ]


@pytest.mark.parametrize("content", ["id;text\na;b", "id\ttext\na\tb", "\ufeffid,text\r\na,b\r\n"])
def test_the_habits_of_spreadsheets_are_understood(content):
    assert rows(content) == [(2, {"id": "a", "text": "b"})]


def test_utf_16_with_its_mark_is_read():
    assert rows("id,text\na,é".encode("utf-16")) == [(2, {"id": "a", "text": "é"})]


def test_empty_rows_are_passed_over_and_counted():
    assert rows("id,text\n,\na,b\n") == [(3, {"id": "a", "text": "b"})]


@pytest.mark.parametrize("content", ['{"id": "a"}\n\n{"id": "b"}\n', '[{"id": "a"}, {"id": "b"}]'])
def test_json_comes_as_lines_or_as_a_list(content):
    sheet = sheet_read(content.encode())
    assert [values for _place, values in sheet.rows] == [{"id": "a"}, {"id": "b"}]
    assert not sheet.cells


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty"),
        (b"id,text\n", "no row below"),
        (b"id,id\na,b", "column id stands there twice"),
        (b"id,\na,b", "Column 2 has no name"),
        (b"id,text\na,b\nc", "Row 3 has 1 cells, and there are 2 columns"),
        (b'id,text\na,"b', r"Row 2 \(line \d\) cannot be read"),
        ("id,text\na,b\na,é".encode("latin-1"), "Line 3 is not in UTF-8"),
        (b"PK\x03\x04rest", "This is a workbook"),
        (b'{"id": "a"}\n{"id": ', "Line 2 is not JSON"),
        (b'{"id": "a"}\n[1]', "Row 2 is no object"),
        (b'[{"id": "a"}, 7]', "Row 2 is no object"),
        (b'[{"id": "a",}]', "The file is not JSON: .*line 1, column"),
        (b'{"id": NaN}', "Line 1: NaN is no number"),
        (b'{"id": "a", "id": "b"}', "The name id stands twice"),
        (b'{"id": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"id": ' + b"9" * 5_000 + b"}", "Line 1: "),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(content, sentence):
    with pytest.raises(FileError, match=sentence):
        sheet_read(content)


def test_more_rows_than_are_read_at_once_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ROWS", 2)
    assert len(rows("id\na\nb\n")) == 2
    with pytest.raises(FileError, match="more than 2 rows"):
        rows("id\na\nb\nc\n")


def test_a_file_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_BYTES", 20)
    with pytest.raises(FileError, match="MB are read at most"):
        rows("id\n" + "a" * 20)
