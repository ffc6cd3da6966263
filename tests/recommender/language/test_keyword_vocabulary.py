import numpy as np
import pytest

from recommender.data import Items
from recommender.language.keyword_phrases import parts_of, phrases
from recommender.language.keyword_vocabulary import Bounds, KeywordVocabulary, build_vocabulary

BOUNDS = Bounds(least=2, most_share=1.0)
ITEMS = Items(
    ids=np.array([7, 8, 9, 10]),
    texts=["A light green tea from the hills", "Dark green tea", "绿茶清香", "好喝的绿茶"],
    facets=[["brand:Calderin", "fair:true"], ["brand:calderin", "fair:true"], ["size:12"], ["size:12"]],
    categories=[["Tea"], ["Tea", "Dark"], ["Tea"], []],
)


def carried_by(vocabulary, row):
    return {vocabulary.words[number] for number in vocabulary.of_item(row)}


def test_phrases_do_not_begin_or_end_with_small_words_nor_reach_over_marks():
    assert phrases("A cup of tea. Made in stone, 350 ml") >= {"cup", "cup of tea", "tea", "stone"}
    assert not phrases("A cup of tea. Made in stone, 350 ml") & {"a cup", "of tea", "tea made", "stone 350", "350"}


def test_chinese_phrases_have_two_to_four_characters():
    assert phrases("好喝的绿茶") == {"好喝", "好喝的绿", "喝的绿茶", "喝的绿", "绿茶"}
    assert set(parts_of("好喝的绿")) == {"好喝", "喝的绿"}


def test_labels_and_shared_phrases_are_keywords_each_once_in_the_case_that_came_first():
    vocabulary = build_vocabulary(ITEMS, BOUNDS)
    assert vocabulary.words == ("Calderin", "green tea", "Tea", "绿茶")
    assert carried_by(vocabulary, 0) == {"Calderin", "green tea", "Tea"}
    assert carried_by(vocabulary, 3) == {"绿茶"}


def test_without_phrases_the_keywords_are_what_the_catalogue_says_itself():
    vocabulary = build_vocabulary(ITEMS, Bounds(least=1, most_share=1.0, phrases=False))
    assert vocabulary.words == ("Calderin", "Dark", "Tea")


def test_what_too_few_or_too_many_items_carry_is_no_keyword():
    assert "Dark" not in build_vocabulary(ITEMS, BOUNDS)
    assert "dark" in build_vocabulary(ITEMS, Bounds(least=1, most_share=1.0))
    assert "Tea" not in build_vocabulary(ITEMS, Bounds(least=2, most_share=0.5))
    assert len(build_vocabulary(ITEMS, Bounds(least=1, most_share=1.0, most=2))) == 2


def test_a_rare_keyword_says_more():
    vocabulary = build_vocabulary(ITEMS, BOUNDS)
    assert vocabulary.idf[vocabulary.place("tea")] < vocabulary.idf[vocabulary.place("绿茶")]


def test_it_is_the_same_again_and_comes_back_from_a_folder(tmp_path):
    vocabulary = build_vocabulary(ITEMS, BOUNDS)
    vocabulary.save(tmp_path)
    found = KeywordVocabulary.load(tmp_path)
    assert found.words == build_vocabulary(ITEMS, BOUNDS).words == vocabulary.words
    assert (found.carried != vocabulary.carried).nnz == 0
    assert found.ids.tolist() == [7, 8, 9, 10]


def test_files_that_do_not_belong_together_are_refused(tmp_path):
    build_vocabulary(ITEMS, BOUNDS).save(tmp_path)
    (tmp_path / "vocabulary.json").write_text('["Tea"]')
    with pytest.raises(ValueError, match="do not belong together"):
        KeywordVocabulary.load(tmp_path)


def test_items_are_known_by_their_ids_and_new_ones_by_their_labels():
    vocabulary = build_vocabulary(ITEMS, BOUNDS)
    later = Items(ids=np.array([10, 99, 7]), categories=[["Tea"], ["TEA"], []])
    rows = vocabulary.rows_for(later)
    told = [{vocabulary.words[number] for number in rows[[row]].indices} for row in range(3)]
    assert told == [{"绿茶"}, {"Tea"}, {"Calderin", "green tea", "Tea"}]


def test_a_catalogue_without_words_says_what_to_do():
    with pytest.raises(ValueError, match="Give the items categories, tags or texts"):
        build_vocabulary(Items(ids=np.arange(3), texts=["", "", ""]))
