"""What a vertical may declare about the attributes of its items."""

import pytest

from catalog.schema import Field

AGES = {"child": {"en": "Children", "zh-hans": "儿童"}}


def test_a_choice_is_said_in_the_readers_language():
    field = Field("age_group", "choice", choices=("child",), choice_labels=AGES)
    assert field.choice_label("child", "zh-hans") == "儿童"
    assert field.choice_label("child", "fr") == "Children"


def test_a_choice_without_words_is_said_as_it_is_stored():
    assert Field("size", "choice", choices=("XL",)).choice_label("XL", "zh-hans") == "XL"


def test_words_for_what_is_no_choice_are_refused():
    with pytest.raises(ValueError, match="has labels for child, which are no choices"):
        Field("age_group", "choice", choices=("adult",), choice_labels=AGES)
    with pytest.raises(ValueError, match="child"):
        Field("age_group", "text", choice_labels=AGES)
