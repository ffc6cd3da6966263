"""Every kind of cell, there and back."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from catalog.admin.exchange.columns import BooleanCell, CellError, LinesCell, NumberCell, StructureCell, TextCell


@pytest.mark.parametrize(
    ("cell", "value", "written"),
    [
        (TextCell(), "=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        (TextCell(), None, ""),
        (NumberCell(), -5, "-5"),
        (NumberCell(), 0.1, "0.1"),
        (NumberCell(), 2**53 - 1, "9007199254740991"),
        (BooleanCell(), False, "false"),
        (BooleanCell(), None, ""),
        (LinesCell(), ["Home", "Lighting"], "Home\nLighting"),
        (LinesCell(), ["=1", "b"], "'=1\nb"),
        (LinesCell(), ["[a]", "b"], '["[a]", "b"]'),
        (LinesCell(), ["two\nlines"], '["two\\nlines"]'),
        (LinesCell(empty="[]"), [], "[]"),
        (LinesCell(empty="[]"), None, ""),
        (StructureCell(), {"a": [1, None]}, '{"a": [1, null]}'),
    ],
)
def test_a_value_is_written_and_comes_back(cell, value, written):
    assert cell.render(value) == written
    assert cell.clean(written) == value


def test_an_empty_list_of_an_own_field_is_an_empty_cell():
    assert LinesCell().render([]) == ""
    assert LinesCell().clean("") is None


def test_what_is_no_number_stays_for_the_service_to_refuse():
    assert NumberCell().clean("19,99 €") == "19,99 €"


def test_spreadsheets_write_booleans_in_capitals():
    assert BooleanCell().clean("TRUE") is True


def test_a_cell_that_is_no_json_says_what_to_write():
    with pytest.raises(CellError, match="not JSON"):
        StructureCell().clean("{a: 1}")


def test_moments_keep_their_microseconds():
    from catalog.admin.exchange.columns import MomentCell

    moment = datetime(2026, 3, 31, 12, 0, 0, 123456, tzinfo=UTC)
    assert datetime.fromisoformat(MomentCell().clean(MomentCell().render(moment))) == moment
