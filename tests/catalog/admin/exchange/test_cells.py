import pytest

from catalog.admin.exchange.cells import as_meant, harmless


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\r", "\n=1", "＝1", "'=1", "'", "''"])
def test_what_a_spreadsheet_might_run_is_quoted_and_comes_back_as_it_was(text):
    assert harmless(text) == f"'{text}"
    assert as_meant(harmless(text)) == text


@pytest.mark.parametrize("text", ["", "a=1", "1-1", " =1", "it's"])
def test_other_texts_are_left_alone(text):
    assert harmless(text) == text
    assert as_meant(text) == text


def test_a_quote_that_somebody_meant_stays():
    assert as_meant("'tis") == "'tis"


def test_numbers_are_no_formulas():
    assert harmless(-5) == -5
