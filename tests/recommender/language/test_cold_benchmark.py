"""The command that shows what fine-tuning does for new items, on folders of every kind, tiny ones too."""

import argparse
import json

import numpy as np
import pytest

from tests.benchmarks.language import cold_start
from tests.benchmarks.language.folder_corpus import read_corpus

from .conftest import write_tiny_model
from .red_and_green import red_and_green

QUICK = {
    "withheld": 0.3,
    "hard": 2,
    "dimensions": [],
    "loop": {"epochs": 2, "batch_size": 8, "learning_rate": 0.01, "patience": 10},
}


def asked(folder, encoder, **settings):
    parser = argparse.ArgumentParser()
    cold_start.add_arguments(parser)
    more = ["--encoder", str(encoder), "--seeds", "2", "--config", json.dumps({**QUICK, **settings})]
    return cold_start.run(parser.parse_args([str(folder), *more]))


def write_folder(folder, corpus):
    rows = [f"i{row}\t{text}" for row, text in enumerate(corpus.items.texts)]
    (folder / "items.tsv").write_text("\n".join(["item_id\ttitle", *rows]))
    lines = [" ".join([f"p{p}", *(f"i{event.item}" for event in own)]) for p, own in enumerate(corpus.histories)]
    (folder / "sequences.txt").write_text("\n".join(lines))
    return folder


@pytest.fixture
def encoder(tmp_path):
    return write_tiny_model(tmp_path / "encoder")


def test_both_encoders_are_asked_the_same_and_figures_come_with_intervals(tmp_path, encoder):
    result = asked(write_folder(tmp_path, red_and_green()), encoder)
    assert set(result["frozen"]) == set(result["finetuned"]) == {"recall@10", "ndcg@10"}
    assert [one["seed"] for one in result["by_seed"]] == result["seeds"] == [0, 1]
    for name in ("frozen", "finetuned"):
        low, high = result["intervals"][name]["ndcg@10"]
        assert low <= result[name]["ndcg@10"] <= high
    json.dumps(result, allow_nan=False)


def test_where_there_is_too_little_to_learn_from_the_encoder_stays_as_it_was(tmp_path, encoder):
    (tmp_path / "items.tsv").write_text("id\ttitle\n" + "\n".join(f"{n}\tred tea" for n in range(10)))
    (tmp_path / "sequences.txt").write_text("\n".join(f"p{p} {p} {(p + 1) % 10}" for p in range(10)))
    result = asked(tmp_path, encoder, withheld=0.1)
    assert result["finetuned"] == result["frozen"]
    assert all("Import more behaviours" in one["training"]["reason"] for one in result["by_seed"])


def test_items_without_any_text_are_found_as_badly_as_by_chance(tmp_path, encoder):
    corpus = red_and_green()
    corpus.items.texts[:] = [""] * len(corpus.items)
    result = asked(write_folder(tmp_path, corpus), encoder)
    assert result["finetuned"] == result["frozen"]


def test_a_movielens_folder_is_read_with_its_titles_genres_and_tags(tmp_path):
    (tmp_path / "movies.csv").write_text('movieId,title,genres\n7,"Net, The (1995)",Crime|Thriller\n9,Old,(none)\n')
    (tmp_path / "ratings.csv").write_text("userId,movieId,rating,timestamp\n1,9,2.0,50\n1,7,4.5,20\n")
    (tmp_path / "tags.csv").write_text("userId,movieId,tag,timestamp\n1,7,Computers,30\n")
    corpus = read_corpus(tmp_path)
    assert list(corpus.items.texts) == ["The Net (1995). Crime, Thriller. Themes: computers.", "Old."]
    assert [(event.item, event.signal) for event in corpus.histories[0]] == [(0, 1.0), (1, -1.0)]


def test_a_folder_without_known_files_is_refused_by_name(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"sequences\.txt"):
        read_corpus(tmp_path)


def test_the_persons_of_a_limit_are_the_first(tmp_path):
    folder = write_folder(tmp_path, red_and_green())
    assert len(read_corpus(folder, limit=3)) == 3
    assert np.array_equal(read_corpus(folder, 3).interactions().persons, np.repeat([0, 1, 2], 5))
