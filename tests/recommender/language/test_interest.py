import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from recommender.contracts import Cancelled, EventView, FitOptions
from recommender.language.corpus import Event
from recommender.language.encoder import load_encoder
from recommender.language.interest import Interest, InterestConfig
from recommender.language.interest_layout import Layout
from recommender.language.interest_measures import auc
from recommender.language.interest_model import load, start
from recommender.language.interest_onnx import OnnxInterest
from recommender.language.interest_pairs import Question
from recommender.language.interest_reasons import by_gradients, by_leaving_out, reasons_figures
from recommender.language.model_folder import EncoderError
from recommender.language.task import TaskError

from .tiny import colourful, write_model

QUICK = {
    "history_tokens": 12,
    "item_tokens": 4,
    "negatives": 2,
    "hard": 0.0,
    "epochs": 12,
    "patience": 99,
    "evaluations": 1,
    "learning_rate": 2e-3,
    "validation": 0.3,
    "quantise": False,
}


@pytest.fixture(scope="module", params=["bert", "gpt2", "llama"])
def base(request, tmp_path_factory):
    return write_model(tmp_path_factory.mktemp(request.param), request.param)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return write_model(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="module")
def taught(bert, tmp_path_factory):
    folder = tmp_path_factory.mktemp("taught")
    return folder, Interest(InterestConfig(base=bert, **QUICK | {"quantise": True})).run(
        colourful(60), folder, FitOptions()
    )


def probabilities(folder, history, items):
    reader = load(folder)
    row = reader.layout.row(reader.tokens([history])[0], reader.tokens(items))
    logits = reader.logits([row])[0]
    return 1 / (1 + np.exp(-(logits / reader.description["temperature"] + reader.description["shift"])))


def test_every_family_learns_what_people_like_offline_and_is_a_plain_folder(base, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    figures = Interest(InterestConfig(base=base, **QUICK)).run(colourful(60), tmp_path, FitOptions())
    assert figures["auc"] > 0.9
    assert figures["auc"] > figures["before"]["auc"]
    red, green = probabilities(tmp_path, "red shoe , red tea", ["red lamp", "green lamp"])
    share = 1 / (1 + QUICK["negatives"])  # of the yeses among all that was asked about
    assert red > share > green
    assert load_encoder(str(tmp_path)).dimensions == 16


def test_an_adapter_learns_and_is_merged_into_the_weights(bert, tmp_path):
    config = InterestConfig(base=bert, adapter="lora", **QUICK | {"learning_rate": 1e-2})
    figures = Interest(config).run(colourful(60), tmp_path, FitOptions())
    assert figures["auc"] > figures["before"]["auc"] + 0.1
    assert not [name for name in load(tmp_path).model.state_dict() if "lora" in name]
    assert figures["auc"] == pytest.approx(_auc_again(tmp_path), abs=0.1)


def test_a_judgement_is_put_down_to_the_events_that_it_rests_on(taught):
    """Whoever likes red things is shown a red one because of the red thing among all that they did."""
    reader, corpus = load(taught[0]), colourful(3)
    shoe, cup = corpus.titles.index("red shoe"), corpus.titles.index("red cup")
    others = [corpus.titles.index(title) for title in ("green tea", "blue film")]
    events = [Event(item, 1.0, 0.0, EventView("like", corpus.titles[item])) for item in (others[0], shoe, others[1])]
    told = by_gradients(reader, corpus, events, cup)
    left = by_leaving_out(reader, corpus, events, cup)
    assert told.contributions.argmax() == left.contributions.argmax() == 1
    assert told.contributions.sum() == pytest.approx(told.score - told.base, rel=0.05)
    assert told.score == pytest.approx(left.score, abs=1e-4)
    assert not told.exact


def test_reasons_that_hold_are_told_from_any_event(taught):
    """In each past one thing has the colour of what was chosen next."""
    reader, corpus = load(taught[0]), colourful(1)
    row = {title: place for place, title in enumerate(corpus.titles)}
    pasts = (("green tea", "red shoe", "blue film"), ("red tea", "green cup", "blue coat"), ("green ring",))
    histories = [[Event(row[name], 1.0, 0.0, EventView("like", name)) for name in past] for past in pasts]
    asked = [Question(person, 3, (row["red cup"],), (True,), ("liked",)) for person in range(3)]
    figures = reasons_figures(reader, replace(corpus, histories=histories), asked)
    assert figures["questions"] == 2, "of one event there is nothing to tell"
    assert figures["agreement"] == 1
    assert figures["named"] > 2 * abs(figures["any"])


def test_a_training_says_whether_its_reasons_hold(taught):
    assert set(taught[1]["reasons"]) == {"questions", "named", "any", "agreement"}
    assert taught[1]["reasons"]["questions"] > 5


def test_the_head_alone_can_learn_and_leaves_the_encoder_as_it_was(bert, tmp_path):
    config = InterestConfig(base=bert, adapter="head", **QUICK | {"epochs": 30})
    figures = Interest(config).run(colourful(60), tmp_path, FitOptions())
    assert figures["log_loss"] < figures["before"]["log_loss"]
    assert figures["auc"] > figures["before"]["auc"]
    old, new = load_encoder(bert), load_encoder(str(tmp_path))
    np.testing.assert_array_equal(old.encode(["red tea"]), new.encode(["red tea"]))


def _auc_again(folder):
    """On other persons, by the saved model."""
    data = colourful(30, seed=9)
    reader, labels, logits = load(folder), [], []
    for events in data.histories:
        history = reader.tokens([data.history_text(events[:-1])])[0]
        other = (events[-1].item + 8) % 24
        row = reader.layout.row(history, reader.tokens([data.items.texts[events[-1].item], data.items.texts[other]]))
        logits += list(reader.logits([row])[0])
        labels += [True, False]
    return auc(labels, logits)


def test_the_web_side_says_what_torch_says(taught):
    folder, figures = taught
    items = ["red lamp", "green lamp", "blue cup", "red ring"]
    expected = probabilities(folder, "red shoe , red tea", items)
    np.testing.assert_allclose(OnnxInterest(folder).score("red shoe , red tea", items), expected, atol=1e-5)
    np.testing.assert_allclose(OnnxInterest(folder, "int8").score("red shoe , red tea", items), expected, atol=0.1)
    assert figures["onnx_difference"]["fp32"] < 1e-4


def test_an_item_is_read_as_if_it_were_the_only_one(taught):
    scorer = OnnxInterest(taught[0])
    items = [f"{colour} {thing}" for thing in ("cup", "ring shoe", "tea film lamp") for colour in ("red", "green")] * 9
    alone = [scorer.score("red shoe", [item])[0] for item in items]
    np.testing.assert_allclose(scorer.score("red shoe", items), alone, atol=1e-5)


def test_nobody_is_asked_about_an_unreadable_item_and_an_empty_history_is_one(taught):
    scorer = OnnxInterest(taught[0])
    assert scorer.score("red shoe", []).shape == (0,)
    assert list(scorer.score("red shoe", ["", "<br>"])) == [0, 0]
    assert 0 < scorer.score("", ["red shoe"])[0] < 1


def test_of_a_history_that_is_too_long_the_newest_is_read(taught):
    scorer = OnnxInterest(taught[0])
    long = "green tea , " * 40 + "red shoe , red cup , red ring , red lamp"
    np.testing.assert_array_equal(scorer.score(long, ["red film"]), scorer.score("blue " + long, ["red film"]))
    assert scorer.score(long, ["red film"]) > scorer.score(long, ["green film"])


def test_the_web_side_imports_neither_torch_nor_transformers(taught):
    code = (
        "import sys; from recommender.language.interest_onnx import OnnxInterest; "
        f"OnnxInterest({str(taught[0])!r}).score('red shoe', ['tea']); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_folder_without_an_export_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(EncoderError, match="export the interest model"):
        OnnxInterest(tmp_path)


def test_the_export_does_not_tell_where_it_was_made(taught):
    assert b"site-packages" not in (taught[0] / "interest.onnx").read_bytes()


def test_the_figures_speak_of_calibration_and_of_where_the_labels_came_from(taught):
    folder, figures = taught
    assert {"accuracy", "auc", "log_loss", "ece", "reliability", "temperature"} <= set(figures)
    assert figures["log_loss"] <= figures["uncalibrated"]["log_loss"]
    assert figures["kinds"]["popular"] == 2 * figures["kinds"]["liked"]
    assert json.loads((folder / "interest.json").read_text())["temperature"] == figures["temperature"]


def test_the_untrained_model_begins_as_the_cosine_of_both_texts(bert):
    reader = start(bert, "cpu", 12, 4)
    reader.model.eval()
    history, item = reader.tokens(["red shoe", "green tea"])
    states = reader.model.backbone(input_ids=torch.tensor([[2, *history, 3]])).last_hidden_state.detach().mean(dim=1)
    arrays = reader.tensors([reader.layout.row(history, [item])])
    with torch.no_grad():
        mask = arrays["members"].transpose(1, 2) @ arrays["members"] + arrays["members"][:, :1]
        seen = reader.model.backbone(
            input_ids=arrays["input_ids"],
            position_ids=arrays["position_ids"],
            attention_mask=(1 - mask[:, None]) * -1e9,
        ).last_hidden_state
    cosine = torch.nn.functional.cosine_similarity(states, seen[:, 4:].mean(dim=1))
    assert reader.logits([reader.layout.row(history, [item])])[0] == pytest.approx(8 * cosine.item() - 4, abs=1e-3)


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "llama"])
def test_a_history_is_read_as_the_model_reads_it_alone(kind, tmp_path):
    reader = start(write_model(tmp_path, kind), "cpu", 12, 4)
    reader.model.eval()
    history, *items = reader.tokens(["red shoe , red tea", "green tea", "blue cup"])
    row = reader.layout.row(history, items)
    alone = torch.tensor([[*reader.layout.prefix, *history, *reader.layout.separator]])
    with torch.no_grad():
        expected = reader.model.backbone(input_ids=alone).last_hidden_state.mean(dim=1)[0].numpy()
    np.testing.assert_allclose(reader.states([row])[0][0], expected, atol=1e-5)


def test_an_interrupted_run_goes_on_to_the_same_weights(bert, tmp_path):
    config = InterestConfig(base=bert, checkpoint_every=1, **QUICK | {"epochs": 2})
    seen = []

    def stop():
        return len(seen) > 6

    def run(name, **options):
        (tmp_path / name).mkdir(exist_ok=True)
        Interest(config).run(colourful(40), tmp_path / name, FitOptions(**options))
        return load(tmp_path / name).model.state_dict()

    whole = run("whole")
    options = {"checkpoint": tmp_path / "kept", "progress": lambda *told: seen.append(told), "cancelled": stop}
    with pytest.raises(Cancelled):
        run("resumed", **options)
    resumed = run("resumed", checkpoint=tmp_path / "kept")
    for name, value in whole.items():
        torch.testing.assert_close(resumed[name], value, msg=name)


def test_too_few_behaviours_are_refused_in_a_sentence(bert, tmp_path):
    with pytest.raises(TaskError, match="more behaviours are needed"):
        Interest(InterestConfig(base=bert, **QUICK)).run(colourful(3, events=1), tmp_path, FitOptions())


def test_a_model_with_too_few_positions_reads_a_shorter_history(bert, tmp_path):
    assert start(bert, "cpu", 500, 8).layout.history_tokens == 64 - 8 - 3
    with pytest.raises(EncoderError, match="Lower item_tokens"):
        start(bert, "cpu", 10, 62)


def test_refused_items_are_learned_from(bert, tmp_path):
    data = colourful(40)
    texts = data.items.texts
    refusing = [
        [*own, Event((own[0].item + 8) % 24, -1.0, 9.0, EventView("hide", texts[(own[0].item + 8) % 24]))]
        for own in data.histories
    ]
    figures = Interest(InterestConfig(base=bert, **QUICK | {"epochs": 1})).run(
        replace(data, histories=refusing), tmp_path, FitOptions()
    )
    assert figures["kinds"]["refused"] == 28


def test_chinese_histories_are_read(taught):
    score = OnnxInterest(taught[0]).score("此人 购买 了 红", ["red shoe"])
    assert 0 < score[0] < 1


def test_the_layout_gives_every_item_the_same_place_after_the_history():
    ids, positions, segments = Layout((2,), (3,), 0, 0, 4, 2).row([5, 6], [[7, 7, 7], [8]])
    assert ids == [2, 5, 6, 3, 7, 7, 3, 8, 3]
    assert positions == [0, 1, 2, 3, 4, 5, 6, 4, 5]
    assert segments == [0, 0, 0, 0, 1, 1, 1, 2, 2]


def test_a_config_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="adapter"):
        InterestConfig(adapter="half")
    assert Interest.configure({"negatives": 3}).negatives == 3
