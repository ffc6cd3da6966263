import numpy as np
import pytest

from recommender.algorithms.fold_in import Neighbours

KNOWN = np.eye(4, dtype=np.float32)
SCORES = np.array([1.0, 0.0, 0.0, 0.0], dtype=np.float32)


def test_a_new_item_scores_like_the_known_items_that_read_alike():
    new = np.array([[0.9, 0.1, 0.0, 0.0], [0.0, 0.0, 0.9, 0.1]], dtype=np.float32)
    like_the_liked, like_another = Neighbours.of(KNOWN, new, neighbours=2).impute(SCORES)
    assert like_the_liked > SCORES.mean() > like_another


def test_an_item_without_text_gets_the_persons_mean():
    assert Neighbours.of(KNOWN, np.zeros((1, 4), np.float32)).impute(SCORES)[0] == pytest.approx(SCORES.mean())


def test_faint_likeness_stays_closer_to_the_mean():
    new = np.array([[0.9, 0, 0, 0], [0.1, 0, 0, 0]], dtype=np.float32)
    close, faint = Neighbours.of(KNOWN, new, neighbours=1).impute(SCORES)
    assert close > faint > SCORES.mean()


def test_neighbours_are_found_once_for_all_persons():
    neighbours = Neighbours.of(KNOWN, np.array([[0, 1, 0, 0]], np.float32), 1)
    assert neighbours.impute(np.array([0, 1, 0, 0], np.float32))[0] > neighbours.impute(SCORES)[0]


def test_no_new_items_and_no_known_items_are_no_obstacle():
    assert len(Neighbours.of(KNOWN, np.zeros((0, 4), np.float32)).impute(SCORES)) == 0
    nobody = Neighbours.of(np.zeros((0, 4), np.float32), KNOWN)
    assert nobody.impute(np.zeros(0, np.float32)).tolist() == [0, 0, 0, 0]
