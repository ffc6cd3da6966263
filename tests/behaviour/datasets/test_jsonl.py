import gzip
import json

import pytest

from behaviour.datasets import FORMATS, DatasetError, Options
from behaviour.datasets.jsonl import json_records
from catalog.services import RecordError


def read(path) -> list:
    return [
        (row.line, row.values.errors[0].message if isinstance(row.values, RecordError) else row.values)
        for row in json_records(path)
    ]


@pytest.fixture
def write(tmp_path):
    def make(content: bytes | str, name="behaviours.jsonl"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


@pytest.mark.parametrize(
    "content",
    ['{"a": 1}\n\n{"a": 2}', '\ufeff{"a": 1}\n\n{"a": 2}\n', '{"a": 1}\r\n\r\n{"a": 2}\r\n'],
    ids=["no last newline", "BOM", "CRLF"],
)
def test_objects_come_with_their_lines(write, content):
    assert read(write(content)) == [(1, {"a": 1}), (3, {"a": 2})]


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"a": 1', "Not JSON"),
        (b'{"a": 1}\r{"a": 2}', "One whole object a line"),
        (b'{"a": NaN}', "NaN is not JSON"),
        (b'{"a": -Infinity}', "-Infinity is not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "limit"),
        (b'{"a": 1, "a": 2}', "there twice"),
        (b'{"a": "caf\xe9"}', "0xE9 is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\x00", "Not JSON"),
    ],
    ids=lambda value: str(value)[:20],
)
def test_a_line_that_is_no_object_is_an_error_and_the_next_one_is_read(write, line, says):
    (first, message), second = read(write(line + b'\n{"a": 3}\n'))
    assert first == 1 and says in message
    assert second == (2, {"a": 3})


def test_a_line_of_50_megabytes_is_refused_and_the_next_one_is_read(write):
    (_, message), second = read(write(b'{"a": "' + b"x" * 50_000_000 + b'"}\n{"a": 3}\n'))
    assert "longer than" in message
    assert second == (2, {"a": 3})


def test_utf_16_is_refused(write):
    with pytest.raises(DatasetError, match="UTF-16"):
        read(write('{"a": 1}'.encode("utf-16")))


def test_gzip_is_unpacked(write):
    assert read(write(gzip.compress(b'{"a": 1}\n'), "items.jsonl.gz")) == [(1, {"a": 1})]


def test_a_folder_gives_a_stream_for_each_file(write, tmp_path):
    write(json.dumps({"external_id": "a"}), "items.jsonl")
    write(gzip.compress(b'{"external_id": "p"}'), "persons.jsonl.gz")
    dataset = FORMATS["jsonl"].read(tmp_path, Options("video"))
    assert [record.values for record in dataset.items] == [{"external_id": "a"}]
    assert [record.values for record in dataset.persons] == [{"external_id": "p"}]
    assert list(dataset.behaviours) == []


def test_a_single_file_is_known_by_its_name_or_by_what(write):
    assert list(FORMATS["jsonl"].read(write("{}", "items.jsonl"), Options("video")).items)
    other = write("{}", "export-2026.jsonl")
    assert list(FORMATS["jsonl"].read(other, Options("video", what="persons")).persons)
    with pytest.raises(DatasetError, match="--what"):
        FORMATS["jsonl"].read(other, Options("video"))


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"none of items.jsonl"):
        FORMATS["jsonl"].read(tmp_path, Options("video"))
