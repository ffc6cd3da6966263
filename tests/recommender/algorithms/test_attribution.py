"""What a neural score rests on adds up to the score, and points at what matters."""

import numpy as np
import pytest

from recommender.algorithms.attribution import TokenEvents, VectorEvents, integrated_gradients, leave_one_out

torch = pytest.importorskip("torch")


def test_contributions_to_a_cosine_sum_to_it():
    random = np.random.default_rng(0)
    vectors, item = random.normal(size=(5, 8)), random.normal(size=8)
    scorer = VectorEvents(vectors, item, weights=np.array([0.4, 0.5, 0.6, 0.8, 1.0]))
    told = integrated_gradients(scorer, 5, item=3, steps=64)
    assert told.base == 0
    assert told.contributions.sum() == pytest.approx(told.score, abs=0.01)


def test_the_event_that_is_like_the_item_contributes_most_by_either_method():
    vectors = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1]], dtype=np.float32)
    scorer = VectorEvents(vectors, np.array([0, 1, 0], dtype=np.float32), np.ones(3))

    def kept_scores(kept):
        return scorer.score(torch.from_numpy(kept[:, :, None] * vectors)).numpy()

    assert integrated_gradients(scorer, 3, item=1).contributions.argmax() == 1
    assert leave_one_out(kept_scores, 3, item=1).contributions.argmax() == 1


def test_leaving_out_tells_the_difference_that_each_event_makes():
    told = leave_one_out(lambda kept: kept @ np.array([1.0, -2.0, 4.0]) + 10, 3, item=0)
    assert (told.score, told.base) == (13, 10)
    assert told.contributions.tolist() == [1, -2, 4]
    assert not told.exact


@pytest.fixture(scope="module")
def bert():
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    config = BertConfig(vocab_size=40, max_position_embeddings=32, num_labels=1, initializer_range=0.3, **shape)
    return BertForSequenceClassification(config).eval()


def reader(bert, ids, owners) -> TokenEvents:
    return TokenEvents(lambda rows: bert(rows).logits[:, 0], bert.get_input_embeddings(), ids, owners)


def test_contributions_to_a_cross_encoders_logit_sum_to_what_the_history_adds(bert):
    scorer = reader(bert, [1, 7, 8, 9, 10, 11, 2, 20, 21, 2], [-1, 0, 0, 1, 2, 2, -1, -1, -1, -1])
    told = integrated_gradients(scorer, 3, item=0)
    assert told.contributions.shape == (3,)
    assert abs(told.score - told.base) > 1e-3
    assert told.contributions.sum() == pytest.approx(told.score - told.base, rel=0.01)


def test_an_explained_score_is_the_models_own(bert):
    ids = [1, 7, 8, 2, 20, 2]
    with torch.no_grad():
        own = float(bert(torch.tensor([ids])).logits[0, 0])
    assert integrated_gradients(reader(bert, ids, [-1, 0, 1, -1, -1, -1]), 2, 0).score == pytest.approx(own, abs=1e-6)


def test_a_model_that_was_explained_reads_as_before(bert):
    before = bert(torch.tensor([[1, 7, 2]])).logits
    integrated_gradients(reader(bert, [1, 30, 2], [-1, 0, -1]), 1, 0)
    assert torch.equal(bert(torch.tensor([[1, 7, 2]])).logits, before)


def test_words_that_say_nothing_contribute_nothing(bert):
    told = integrated_gradients(reader(bert, [1, 0, 9, 2], [-1, 0, 1, -1]), 2, 0)
    assert told.contributions[0] == pytest.approx(0, abs=1e-7)
    assert abs(told.contributions[1]) > 1e-4


def test_the_interest_models_logit_is_explained_event_by_event(bert):
    from recommender.language.interest_layout import Layout
    from recommender.language.interest_model import InterestModel

    model = InterestModel(bert.bert, causal=False).eval()
    layout = Layout(prefix=(1,), separator=(2,), pad=0, first=0, history_tokens=16, item_tokens=8)
    events, item = [[7, 8], [9], [10, 11]], [20, 21]
    row = layout.row([token for event in events for token in event], [item])
    arrays = {name: torch.from_numpy(values) for name, values in layout.batch([row]).items()}
    owners = [-1, *(number for number, event in enumerate(events) for _ in event)]
    owners += [-1] * (len(row[0]) - len(owners))

    def run(ids):
        shared = {name: values.expand(len(ids), *values.shape[1:]) for name, values in arrays.items()}
        return model(**{**shared, "input_ids": ids})[:, 0]

    told = integrated_gradients(TokenEvents(run, bert.get_input_embeddings(), row[0], owners), 3, item=0)
    assert told.contributions.sum() == pytest.approx(told.score - told.base, rel=0.02, abs=1e-4)
