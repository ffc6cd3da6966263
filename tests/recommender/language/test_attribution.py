"""What a neural score rests on adds up to the score, and points at what matters."""

import numpy as np
import pytest

from recommender.language.attribution import TokenEvents, integrated_gradients, leave_one_out

torch = pytest.importorskip("torch")


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
