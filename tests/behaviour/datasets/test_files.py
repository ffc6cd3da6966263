import gzip

import pytest

from behaviour.datasets import DatasetError
from behaviour.datasets.files import find, lines, need, table
from catalog.services import RecordError


def rows(path, **options) -> list:
    return [
        (row.line, row.values.errors[0].code if isinstance(row.values, RecordError) else row.values)
        for row in table(path, **options)
    ]


@pytest.fixture
def write(tmp_path):
    def make(content: bytes | str, name="rows.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return make


def test_a_row_that_spans_lines_is_placed_where_it_begins(write):
    assert rows(write('a,b\n1,"x\ny"\n2,z\n')) == [(2, {"a": "1", "b": "x\ny"}), (4, {"a": "2", "b": "z"})]


@pytest.mark.parametrize(
    "content",
    ["a,b\n1,2", "a,b\r\n1,2\r\n", "a,b\r1,2\r", "\ufeffa,b\n1,2\n", "a,b\n\n1,2\n"],
    ids=["half a last line", "CRLF", "CR only", "BOM", "blank line"],
)
def test_line_ends_and_byte_order_marks_make_no_difference(write, content):
    assert [values for _, values in rows(write(content))] == [{"a": "1", "b": "2"}]


def test_utf_16_is_read_when_it_is_named(write):
    path = write("a,b\n1,é\n".encode("utf-16"))
    assert rows(path, encoding="utf-16") == [(2, {"a": "1", "b": "é"})]
    with pytest.raises(DatasetError, match="encoding"):
        rows(path)


def test_a_byte_that_is_not_utf_8_is_an_error_of_its_line(write):
    path = write(b"a,b\n1,caf\xe9\n2,ok\n")
    assert rows(path) == [(2, "encoding"), (3, {"a": "2", "b": "ok"})]
    assert rows(path, encoding="latin-1")[0] == (2, {"a": "1", "b": "café"})


def test_a_row_of_another_width_is_an_error_of_its_line(write):
    assert rows(write("a,b\n1\n1,2,3\n1,2\n")) == [(2, "columns"), (3, "columns"), (4, {"a": "1", "b": "2"})]


def test_a_giant_cell_is_an_error_of_its_line(write):
    assert rows(write("a,b\n1," + "x" * 200_000 + "\n1,2\n")) == [(2, "format"), (3, {"a": "1", "b": "2"})]


@pytest.mark.parametrize(
    ("content", "says"), [("a,a\n1,2\n", "twice"), ("a,c\n1,2\n", "no column b"), ("", "no column")]
)
def test_a_header_that_does_not_fit_is_refused(write, content, says):
    with pytest.raises(DatasetError, match=says):
        rows(write(content), needs=["b"])


def test_an_unknown_encoding_is_refused(write):
    with pytest.raises(DatasetError, match="klingon"):
        rows(write("a\n1\n"), encoding="klingon")


def test_a_line_without_end_is_refused_before_it_fills_the_memory(write):
    with pytest.raises(DatasetError, match="longer than"):
        list(lines(write(b"x" * 3_000_000)))


def test_gzip_is_unpacked(write):
    assert rows(write(gzip.compress(b"a,b\n1,2\n"), "rows.csv.gz")) == [(2, {"a": "1", "b": "2"})]


def test_a_gzip_bomb_is_refused(write):
    with pytest.raises(DatasetError, match="swells"):
        list(lines(write(gzip.compress(b"a,b\n" * 10_000_000), "rows.csv.gz")))


def test_half_a_gzip_file_is_refused(write):
    packed = gzip.compress(b"".join(b"%d,%d\n" % (n, n * n) for n in range(9999)))
    with pytest.raises(DatasetError, match="not a whole gzip file"):
        list(lines(write(packed[:5000], "rows.csv.gz")))


def test_a_missing_file_is_named_with_what_is_there(write, tmp_path):
    write("x", "other.txt")
    assert find(tmp_path, "rows.csv") is None
    with pytest.raises(DatasetError, match=r"no rows.csv \(the rows\). There is: other.txt"):
        need(tmp_path, "rows.csv", "the rows")
