"""Tries are counted apart for everybody, and forgotten after a success."""

import pytest

from behaviour.services import attempt_count, attempts_forget

pytestmark = pytest.mark.django_db


def test_the_try_after_the_last_is_refused():
    assert [attempt_count(what="sign-in", who="a", most=2) for _ in range(3)] == [True, True, False]


def test_others_and_other_things_count_for_themselves():
    attempt_count(what="sign-in", who="a", most=1)
    assert attempt_count(what="sign-in", who="b", most=1)
    assert attempt_count(what="sign-up", who="a", most=1)


def test_a_success_gives_the_tries_back():
    attempt_count(what="sign-in", who="a", most=1)
    attempts_forget(what="sign-in", who="a")
    assert attempt_count(what="sign-in", who="a", most=1)
