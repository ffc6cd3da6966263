"""The benchmark's oracle judges the checker, and would notice one that sleeps."""

import argparse

import pytest

from recommender.explaining import Checker
from tests.benchmarks.language import explain
from tests.benchmarks.language.explain_claims import Claim, Composed, Facts

NAMES = ("Amber", "Birch", "Cobalt", "Dahlia", "Ember", "Fjord", "Garnet", "Heron")


@pytest.fixture
def folder(tmp_path):
    """Eight lamps and eight rugs; everybody likes four of one sort."""
    sorts = ("Lamp", "Rug")
    items = [f"{number}\t{NAMES[number % 8]} {sorts[number // 8]}\t{sorts[number // 8]}" for number in range(16)]
    (tmp_path / "items.tsv").write_text("item_id\ttitle\tcategories\n" + "\n".join(items) + "\n")
    people = [
        " ".join([str(person), *(str(8 * (person % 2) + (person + step) % 8) for step in range(4))])
        for person in range(30)
    ]
    (tmp_path / "sequences.txt").write_text("\n".join(people) + "\n")
    return tmp_path


@pytest.fixture
def measure(folder):
    def run(*rest: str) -> dict:
        parser = argparse.ArgumentParser()
        explain.add_arguments(parser)
        return explain.run(parser.parse_args([str(folder), "--algorithm", "ease", "--list", "3", *rest]))

    return run


def test_what_it_shows_is_true_and_what_is_planted_is_caught(measure):
    told = measure("--planted", "60")
    assert told["recommendations"] == 30
    assert told["statements"] > 200
    assert told["voiced"]["false"] > 30
    assert told["ungrounded"] == 0
    assert (told["planted"], told["caught"]) == (60, 60)
    assert len(told["kinds"]) == 14
    assert told["false_refusals"]["template"] == 0


def test_a_checker_that_lets_everything_pass_is_found_out(measure, monkeypatch):
    monkeypatch.setattr(Checker, "refusal", lambda self, sentence, trace: "")
    told = measure()
    assert told["ungrounded"] == told["voiced"]["false"] > 0
    assert told["caught"] == 0


def test_a_checker_that_refuses_everything_is_found_out_too(measure, monkeypatch):
    monkeypatch.setattr(Checker, "refusal", lambda self, sentence, trace: "No.")
    told = measure()
    assert told["ungrounded"] == 0
    assert told["false_refusals"] == {"voice": 1.0, "template": 1.0}


def test_the_oracle_goes_by_claims():
    values = [frozenset({("category", "Lamp")}), frozenset({("category", "Lamp")}), frozenset()]
    facts = Facts(0, (1,), {1: frozenset({"rating"})}, ["Amber", "Birch", "Cobalt"], values)
    did = Claim("did", kind="rating", title="Birch", row=1)
    assert facts.grounded(Composed("", (did, Claim("shared", field="category", value="Lamp", rows=(0, 1)))))
    for false in (
        Claim("did", kind="purchase", title="Birch", row=1),
        Claim("did", kind="rating", title="Cobalt", row=2),
        Claim("did", kind="rating", title="Birch 2", row=1),
        Claim("shared", field="category", value="Lamp", rows=(0, 2)),
        Claim("item", title="Birch"),
        Claim("free"),
    ):
        assert not facts.grounded(Composed("", (did, false))), false
