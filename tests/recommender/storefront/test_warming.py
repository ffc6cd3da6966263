"""What a process made ready before it was asked costs the first visitor nothing."""

import logging
from importlib import import_module

import pytest
from django.db import DatabaseError
from django.template.loaders.filesystem import Loader

from recommender import serving
from recommender.index.words import WordIndex
from recommender.storefront import rendering, warming


@pytest.fixture(autouse=True)
def _a_fresh_process():
    serving.forget()
    rendering._engine.cache_clear()
    yield
    serving.forget()


@pytest.fixture
def kept_connection(monkeypatch):
    """A thread of its own would see nothing of a test's transaction, and must not end its connection."""
    monkeypatch.setattr(warming.connections, "close_all", lambda: None)


def test_the_first_search_reads_no_template_index_or_model(world, visitor, kept_connection, monkeypatch):
    warming.warm_all()

    def refuse(*_arguments, **_options):
        raise AssertionError("This was to be ready.")

    monkeypatch.setattr(Loader, "get_contents", refuse)
    monkeypatch.setattr(WordIndex, "build", refuse)
    live = import_module("recommender.serving.live")  # the package names a function so
    monkeypatch.setattr(live, "load", refuse)
    monkeypatch.setattr(live, "vocabulary_of", refuse)
    assert visitor.get("/s/cinema/search/?q=drama").status_code == 200
    assert visitor.get("/s/cinema/").status_code == 200


def test_what_cannot_be_made_ready_is_said_and_the_others_are(world, shop, kept_connection, monkeypatch, caplog):
    def warm(storefront):
        if storefront.slug == "cinema":
            raise ValueError("a broken file")
        done.append(storefront.slug)

    done = []
    monkeypatch.setattr(serving, "warm", warm)
    warming.warm_all()
    assert done == ["shop"]
    assert "Storefront cinema could not be made ready" in caplog.text


def test_a_database_that_does_not_answer_keeps_nobody_from_starting(world, kept_connection, monkeypatch, caplog):
    def warm(storefront):
        raise DatabaseError("no such table")

    monkeypatch.setattr(serving, "warm", warm)
    with caplog.at_level(logging.WARNING):
        warming.warm_all()
    assert "the database does not answer: no such table" in caplog.text


def test_only_the_first_storefronts_are_made_ready(world, shop, kept_connection, monkeypatch):
    done = []
    monkeypatch.setattr(warming, "MOST", 1)
    monkeypatch.setattr(serving, "warm", lambda storefront: done.append(storefront.slug))
    warming.warm_all()
    assert len(done) == 1
