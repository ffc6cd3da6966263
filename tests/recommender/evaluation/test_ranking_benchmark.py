"""The benchmark that runs on a folder, on a folder that is made here."""

import json

import pytest

from tests.benchmarks import ranking
from tests.benchmarks.folder import describe, read_folder


@pytest.fixture
def folder(tmp_path):
    """Twenty users walk a circle of ten items; one item is described but untouched, one touched but not described."""
    lines = [" ".join([f"user-{u}", *[f"item-{(u + step) % 10}" for step in range(6)]]) for u in range(20)]
    (tmp_path / "sequences.txt").write_text("\n".join(lines))
    rows = [f"item-{n}\tthing {n} of a kind\t\tred, kind{n % 2}" for n in range(9)]
    table = ["id\ttitle\tempty\ttags", *rows, "untouched\tan old thing", ""]
    (tmp_path / "items.tsv").write_text("\n".join(table))
    return tmp_path


def test_items_of_both_files_are_there_with_what_is_known_of_them(folder):
    interactions, items, columns = read_folder(folder)
    assert len(items) == 11 and len(interactions) == 120
    numbers = {name: row for row, name in enumerate(items.ids)}
    assert items.texts[numbers["item-1"]] == "thing 1 of a kind. red, kind1"
    assert items.texts[numbers["item-9"]] == ""
    assert items.facets[numbers["item-1"]] == ["tags:red", "tags:kind1"]
    assert [(column.name, column.text, column.facet) for column in columns][1] == ("empty", False, False)


def test_histories_keep_the_order_of_the_file(folder):
    interactions, items, _ = read_folder(folder)
    first = interactions.items[interactions.persons == 3]
    assert [str(items.ids[row]) for row in first] == [f"item-{(3 + step) % 10}" for step in range(6)]


@pytest.mark.parametrize(
    ("values", "text", "facet"),
    [
        (["B001", "B002", "B003", "B004"], False, False),
        (["12.5", "12.5", "9", "9"], False, True),
        (["http://x.org/1", "http://x.org/2", "http://x.org/3"], False, False),
        (["red, small", "red, large", "blue, small", "blue, large"], True, True),
        (["a story of love", "a story of war", "love in war"], True, False),
        (["", "", ""], False, False),
    ],
)
def test_columns_are_told_apart_by_what_they_hold(values, text, facet):
    column = describe("column", values)
    assert (column.text, column.facet) == (text, facet)


def test_it_prints_one_json_object(folder, capsys):
    assert ranking.main([str(folder), "--algorithm", "graph", "--encoder", "none", "--format", "json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert {"dataset", "protocol", "algorithm", "settings", "metrics", "intervals", "seconds", "peak_mb"} <= set(result)
    assert result["metrics"]["recall@10"] == 1.0
    assert result["seen_filter"] is True


def test_several_seeds_are_averaged(folder, capsys):
    arguments = [str(folder), "--algorithm", "popularity", "--encoder", "none", "--protocol", "random", "--seeds", "2"]
    assert ranking.main(arguments) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["seeds"] == [0, 1] and result["questions"] == 40


def test_a_global_time_split_of_sequences_without_times_is_refused(folder, capsys):
    assert ranking.main([str(folder), "--protocol", "global-time", "--encoder", "none"]) == 2
    assert "times" in capsys.readouterr().err


def test_a_missing_file_is_named(tmp_path, capsys):
    assert ranking.main([str(tmp_path), "--encoder", "none"]) == 2
    assert "sequences.txt" in capsys.readouterr().err
