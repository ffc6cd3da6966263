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


def test_an_entry_of_a_list_is_said_in_the_readers_language_and_others_as_they_are_stored():
    field = Field("ages", "list", options=AGES)
    assert [field.option_label(entry, "zh-hans") for entry in ("child", "adult")] == ["儿童", "adult"]
    assert field.clean(["adult"]) == ["adult"]


def test_options_belong_to_lists():
    with pytest.raises(ValueError, match="options belong to type 'list'"):
        Field("age_group", "text", options=AGES)
