"""Sentences that were made in English, read in another language."""

from __future__ import annotations

import pytest
from django.utils.translation import override

from catalog.admin.sentences import PROBLEMS, problem_words
from catalog.schema import Field


def test_what_is_wrong_with_a_row_is_said_in_the_readers_language():
    with pytest.raises(ValueError, match="above the maximum") as problem:
        Field("age", "integer", {"en": "Age"}, maximum=130).clean(200)
    with override("zh-hans"):
        assert problem_words(str(problem.value)) == "200 超过了最大值 130。"
        assert problem_words("This field is required.") == "必填。"


def test_a_sentence_that_nobody_knows_stays_as_it_is():
    with override("zh-hans"):
        assert problem_words("The moon is full.") == "The moon is full."


def test_in_english_every_sentence_is_what_it_was():
    for sentence in PROBLEMS:
        said = sentence.replace("%(", "").replace(")s", "")
        assert problem_words(said) == said
