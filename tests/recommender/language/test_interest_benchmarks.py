"""The two commands that show what interest is worth, on a folder in which each person likes one colour."""

import argparse
import json

import numpy as np
import pytest

from tests.benchmarks.language import interest, privacy

from .tiny import colourful, write_model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    data = colourful(90)
    rows = [f"{item}\t{text}" for item, text in enumerate(data.items.texts)]
    (folder / "items.tsv").write_text("\n".join(["item_id\ttitle", *rows]))
    lines = [" ".join([f"p{person}", *(str(e.item) for e in own)]) for person, own in enumerate(data.histories)]
    (folder / "sequences.txt").write_text("\n".join(lines))
    write_model(folder, "bert")
    return folder


def arguments(module, folder, *more):
    parser = argparse.ArgumentParser()
    module.add_arguments(parser)
    return parser.parse_args([str(folder), "--encoder", str(folder), *more])


ENCODER = json.dumps({"withheld": 0.3, "hard": 0, "dimensions": [], "loop": {"epochs": 1, "batch_size": 16}})


@pytest.mark.parametrize(
    ("more", "names"),
    [
        (["--plain"], {"finetuned", "frozen", "tfidf"}),
        (["--encoder-config", ENCODER], {"finetuned", "frozen", "tfidf", "encoder"}),
    ],
)
def test_interest_answers_the_same_questions_in_every_way_with_intervals(folder, more, names):
    config = {
        "epochs": 12,
        "learning_rate": 2e-3,
        "validation": 0.3,
        "history_tokens": 10,  # two events: the last positions of a tiny model would never be learned
        "item_tokens": 4,
        "patience": 99,
        "evaluations": 1,
    }
    result = interest.run(arguments(interest, folder, "--config", json.dumps(config), *more))
    assert set(result["auc"]) == names
    assert result["auc"]["finetuned"] > max(0.8, result["auc"]["frozen"])
    assert result["questions"]["test"] > 50
    for name in names:
        low, high = result["intervals"][name]
        assert low <= result["auc"][name] <= high
    assert json.dumps(result, allow_nan=False)


def test_settings_are_chosen_without_a_look_at_last_events(folder, monkeypatch):
    monkeypatch.setattr(interest, "last_questions", lambda *arguments: pytest.fail("the last events were read"))
    more = ["--plain", "--validation-only", "--config", json.dumps({"epochs": 1, "validation": 0.3})]
    result = interest.run(arguments(interest, folder, *more))
    assert result["questions"]["test"] == result["questions"]["validation"]


def test_the_last_event_is_asked_about_and_learned_from_by_nobody(folder):
    corpus = interest.read_corpus(folder)
    past = interest.replace(corpus, histories=[events[:-1] for events in corpus.histories])
    for question in interest.last_questions(corpus, past, 0):
        assert question.items[0] == corpus.histories[question.person][-1].item
        assert question.before == len(past.histories[question.person])


def test_intervals_draw_persons_and_compare_on_the_same_draws():
    labels = np.array([True, False] * 50)
    good, bad = labels.astype(float), -labels.astype(float)
    found = interest.intervals(labels, {"finetuned": good, "tfidf": bad}, [2] * 50, 0)
    assert found == {"finetuned": [1.0, 1.0], "tfidf": [0.0, 0.0], "finetuned - tfidf": [1.0, 1.0]}


def test_privacy_puts_each_epsilon_beside_the_run_without(folder):
    result = privacy.run(arguments(privacy, folder, "--epsilon", "8", "--batch", "8", "--steps", "4"))
    spent = result["epsilon 8"]
    assert 7 < spent["epsilon"] <= 8
    assert spent["epsilon"] <= spent["epsilon_rdp"]
    assert spent["ledger"][0]["steps"] == 4
    assert {"before", "without privacy", "same questions, without privacy"} <= set(result)
    assert json.dumps(result, allow_nan=False)
