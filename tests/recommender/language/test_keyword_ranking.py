import numpy as np
import pytest

from recommender.contracts import Algorithm, CandidateSource
from recommender.data import Interactions, Items, Query
from recommender.language.keyword_ranking import CHOICES, KeywordSource, Match, best_match, hits
from recommender.language.keyword_vocabulary import Bounds, build_vocabulary

ITEMS = Items(
    ids=np.array([10, 11, 12, 13, 14]),
    categories=[["Tea", "Green"], ["Tea", "Green"], ["Tea", "Black"], ["Cup", "Black"], ["Cup"]],
)
LIKED = np.array([0.0, 5.0, 0.0, 0.0, 100.0])


@pytest.fixture
def source():
    return KeywordSource(build_vocabulary(ITEMS, Bounds(least=1, most_share=1.0)), LIKED)


def query(*keywords, exclude=()):
    return Query(keywords=keywords, exclude=np.array(exclude, dtype=np.int32))


def test_it_is_a_candidate_source(source):
    assert isinstance(source, CandidateSource) and source.slug == "keywords"


def test_items_that_carry_more_of_what_was_said_come_first(source):
    assert source.candidates(ITEMS, query(("green", 1.0), ("tea", 1.0)), 5).items.tolist() == [1, 0, 2]


def test_the_weight_of_a_keyword_counts(source):
    assert source.candidates(ITEMS, query(("Green", 0.9), ("Cup", 0.1)), 1).items.tolist() == [1]
    assert source.candidates(ITEMS, query(("Green", 0.1), ("Cup", 0.9)), 1).items.tolist() == [4]


def test_an_item_that_carries_nothing_of_it_is_no_candidate_however_much_it_is_liked(source):
    assert 4 not in source.candidates(ITEMS, query(("Tea", 1.0)), 5).items


def test_excluded_items_do_not_come(source):
    found = source.candidates(ITEMS, query(("Tea", 1.0), exclude=[0, 1]), 5)
    assert found.items.tolist() == [2]


def test_nothing_said_or_nothing_known_gives_nothing(source):
    for asked in (Query(), query(("unknown", 1.0)), query(("Tea", 0.0))):
        assert len(source.candidates(ITEMS, asked, 3)) == 0
    assert len(source.candidates(Items(ids=np.arange(3)), query(("Tea", 1.0)), 2)) == 0


def test_scores_do_not_increase_and_likes_break_ties(source):
    found = source.candidates(ITEMS, query(("Green", 1.0)), 5)
    assert found.items.tolist() == [1, 0]
    assert np.all(np.diff(found.scores) <= 0)
    none = KeywordSource(source.vocabulary, LIKED, Match(likes=0.0))
    assert none.candidates(ITEMS, query(("Green", 1.0)), 5).items.tolist() == [0, 1]


def test_another_catalogue_is_read_anew(source):
    source.candidates(ITEMS, query(("Tea", 1.0)), 1)
    later = Items(ids=np.array([14, 99]), categories=[["Cup"], ["Tea"]])
    assert source.candidates(later, query(("Tea", 1.0)), 5).items.tolist() == [1]


def test_the_best_settings_are_those_with_the_highest_recall(source):
    queries = [query(("Green", 1.0))] * 3
    match, recall = best_match(source, ITEMS, queries, [1, 1, 1], k=1)
    assert match.likes > 0 and match in CHOICES
    assert recall == 1.0
    assert hits(KeywordSource(source.vocabulary, LIKED, match), ITEMS, queries, [1, 0, 1], k=1).tolist() == [1, 0, 1]


def test_it_comes_back_from_a_folder(source, tmp_path):
    source = KeywordSource(source.vocabulary, LIKED, Match(0.5, 0.5, 0.2))
    source.vocabulary.save(tmp_path)
    source.save(tmp_path)
    found = KeywordSource.load(tmp_path)
    assert found.match == source.match
    asked = query(("Green", 1.0), ("Black", 0.5))
    np.testing.assert_array_equal(found.scores(ITEMS, [asked]), source.scores(ITEMS, [asked]))


def test_likes_of_other_items_are_refused(source):
    with pytest.raises(ValueError, match="likes of 2"):
        KeywordSource(source.vocabulary, LIKED[:2])


def test_leaving_an_event_out_of_a_question_leaves_its_keywords_in(source):
    class ByKeywords(Algorithm):
        slug, name, summary, Config = "by-keywords", {"en": "K"}, {"en": "K"}, Match

        def _fit(self, interactions, items, options): ...

        def _score(self, query):
            return np.full(len(ITEMS), len(query.items) + 10 * len(query.keywords), np.float32)

    fitted = ByKeywords().fit(Interactions.build([0], [0], n_persons=1, n_items=len(ITEMS)), ITEMS)
    why = fitted.explain(Query.of([0, 1], keywords=(("Tea", 1.0),)), 2)
    assert (why.score, why.contributions.tolist()) == (12.0, [1.0, 1.0])
