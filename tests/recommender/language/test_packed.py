import numpy as np
import pytest
import torch
from accelerate import Accelerator
from accelerate.state import AcceleratorState

from recommender.language.encoder import PACKED_FROM, load_encoder
from recommender.language.packed import PackedLinear, packed, stamp

from .conftest import VOCABULARY, write_tiny_model

WORDS = VOCABULARY[4:]
MANY = [" ".join(WORDS[(i * k) % len(WORDS)] for k in range(1, 2 + i % 6)) for i in range(PACKED_FROM + 30)]


@pytest.fixture
def encoder(tiny_folder):
    return load_encoder(str(tiny_folder), device="cpu")


def one_by_one(encoder, texts):
    return np.concatenate([encoder.encode([text]) for text in texts])


def test_many_texts_get_the_vectors_that_each_gets_alone(encoder):
    np.testing.assert_allclose(encoder.encode(MANY), one_by_one(encoder, MANY), atol=1e-5)
    assert encoder._packed[1] is not encoder.model


def test_a_trained_weight_counts_at_once(encoder):
    before = encoder.encode(MANY)
    optimiser = torch.optim.SGD(encoder.model.parameters(), lr=1.0)
    encoder.model(input_ids=torch.tensor([[2, 4, 3]])).last_hidden_state[0, 0, 0].backward()
    optimiser.step()
    after = encoder.encode(MANY)
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, one_by_one(encoder, MANY), atol=1e-5)


def test_weights_that_were_loaded_count_at_once(encoder, tmp_path):
    encoder.encode(MANY)
    other = load_encoder(str(write_tiny_model(tmp_path / "other", seed=1)), device="cpu")
    encoder.model.load_state_dict(other.model.state_dict())
    np.testing.assert_allclose(encoder.encode(MANY), other.encode(MANY), atol=1e-5)


def test_the_model_itself_stays_as_it_was_and_can_be_trained(encoder):
    before = {name: value.clone() for name, value in encoder.model.state_dict().items()}
    encoder.encode(MANY)
    for name, value in encoder.model.state_dict().items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)
    assert all(parameter.requires_grad for parameter in encoder.model.parameters())
    assert not any(isinstance(module, PackedLinear) for module in encoder.model.modules())


def test_auto_keeps_the_fingerprint_of_float32_and_three_digits(encoder, tiny_folder):
    auto = load_encoder(str(tiny_folder), device="cpu", dtype="auto")
    assert auto.fingerprint == encoder.fingerprint
    assert (auto.encode(MANY) * encoder.encode(MANY)).sum(axis=1).min() > 0.999


def test_a_copy_in_bfloat16_computes_in_bfloat16_and_leaves_the_model_in_float32(encoder):
    replica = packed(encoder.model, torch.bfloat16)
    assert replica(input_ids=torch.tensor([[2, 4, 3]])).last_hidden_state.dtype == torch.bfloat16
    assert {parameter.dtype for parameter in encoder.model.parameters()} == {torch.float32}


def test_a_model_that_is_being_trained_in_bfloat16_is_read_in_float32(encoder):
    expected = encoder.encode(MANY)
    AcceleratorState._reset_state()
    Accelerator(cpu=True, mixed_precision="bf16").prepare(encoder.model)
    encoder._packed = None
    np.testing.assert_allclose(encoder.encode(MANY), expected, atol=1e-6)


def test_a_model_with_an_adapter_is_left_alone(encoder):
    from peft import LoraConfig, get_peft_model

    adapted = get_peft_model(encoder.model, LoraConfig(r=2, target_modules=["query", "value"]))
    assert packed(adapted.base_model.model, torch.float32) is adapted.base_model.model


def test_weights_without_a_count_of_changes_are_not_copied():
    with torch.inference_mode():
        assert stamp(torch.nn.Linear(2, 2)) is None


@pytest.mark.parametrize("gelu", [True, False])
@pytest.mark.parametrize("bias", [True, False])
def test_a_packed_layer_is_the_layer_and_its_activation(gelu, bias):
    torch.manual_seed(0)
    linear, states = torch.nn.Linear(24, 40, bias=bias), torch.randn(2, 7, 24)
    expected = torch.nn.functional.gelu(linear(states)) if gelu else linear(states)
    found = PackedLinear(linear, torch.float32, gelu=gelu)(states)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-5)
