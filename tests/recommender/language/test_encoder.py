import subprocess
import sys

import numpy as np
import pytest

from recommender.language.encoder import EncoderError, load_encoder

from .conftest import edit_json, write_tiny_model


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_the_module_imports_neither_torch_nor_transformers():
    code = "import sys, recommender.language.encoder; print('torch' in sys.modules, 'transformers' in sys.modules)"
    assert run(code) == "False False"


def test_vectors_are_float32_and_of_unit_length(tiny):
    vectors = tiny.encode(["red shoe", "green tea", "a film of a red shoe"])
    assert (vectors.shape, vectors.dtype) == ((3, tiny.dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("text", ["", "  \n", "\u200b", "<br/>"])
def test_a_text_without_anything_readable_is_a_row_of_zeros(tiny, text):
    vectors = tiny.encode(["red", text])
    assert vectors[0].any()
    assert not vectors[1].any()


def test_no_texts_give_no_rows(tiny):
    assert tiny.encode([]).shape == (0, tiny.dimensions)


def test_rows_keep_the_order_of_the_texts_whatever_their_lengths(tiny):
    texts = ["tea", "a film of a red shoe", "green tea", "shoe", "red green red green red"]
    one_by_one = np.concatenate([tiny.encode([text]) for text in texts])
    np.testing.assert_allclose(tiny.encode(texts), one_by_one, atol=1e-6)


def test_the_same_texts_give_the_same_bits(tiny):
    texts = ["green tea", "red", "a shoe of a film"]
    np.testing.assert_array_equal(tiny.encode(texts), tiny.encode(texts))


def test_mean_pooling_takes_the_mean_of_the_states_of_all_tokens(tiny):
    import torch

    tokens = torch.tensor([tiny.tokenizer.encode("red shoe").ids])
    with torch.inference_mode():
        mean = tiny.model(input_ids=tokens).last_hidden_state[0].mean(dim=0).numpy()
    np.testing.assert_allclose(tiny.encode(["red shoe"])[0], mean / np.linalg.norm(mean), atol=1e-6)


def test_cls_pooling_takes_the_state_of_the_first_token(tiny_folder):
    import torch

    edit_json(tiny_folder / "1_Pooling" / "config.json", pooling_mode="cls")
    encoder = load_encoder(str(tiny_folder), device="cpu")
    tokens = torch.tensor([encoder.tokenizer.encode("red shoe").ids])
    with torch.inference_mode():
        first = encoder.model(input_ids=tokens).last_hidden_state[0, 0].numpy()
    np.testing.assert_allclose(encoder.encode(["red shoe"])[0], first / np.linalg.norm(first), atol=1e-6)


def test_texts_are_cut_at_the_length_of_the_model(tiny):
    long, longer = tiny.encode(["red " * 50, "red " * 100])
    np.testing.assert_array_equal(long, longer)


def test_progress_never_falls_and_ends_with_everything(tiny):
    calls = []
    tiny.encode(["red", "", "green tea", "shoe", "film"], progress=lambda done, total: calls.append((done, total)))
    assert calls == sorted(calls)
    assert calls[-1] == (5, 5)
    assert len(calls) > 1


def test_the_fingerprint_is_the_same_in_another_process(tiny, tmp_path):
    folder = write_tiny_model(tmp_path / "same")
    code = f"from recommender.language.encoder import load_encoder; print(load_encoder({str(folder)!r}).fingerprint)"
    assert run(code) == tiny.fingerprint


def test_the_fingerprint_differs_with_the_weights(tiny, tmp_path):
    other = load_encoder(str(write_tiny_model(tmp_path / "other", seed=1)), device="cpu")
    assert other.fingerprint != tiny.fingerprint


def test_the_fingerprint_differs_with_the_dtype(tiny, tiny_folder):
    assert load_encoder(str(tiny_folder), device="cpu", dtype="bfloat16").fingerprint != tiny.fingerprint


@pytest.mark.parametrize(
    ("file", "change"),
    [("1_Pooling/config.json", {"pooling_mode": "cls"}), ("sentence_bert_config.json", {"max_seq_length": 8})],
)
def test_the_fingerprint_differs_with_pooling_and_length(tiny, tiny_folder, file, change):
    edit_json(tiny_folder / file, **change)
    assert load_encoder(str(tiny_folder), device="cpu").fingerprint != tiny.fingerprint


def test_bfloat16_agrees_with_float32(tiny, tiny_folder):
    texts = ["red shoe", "green tea"]
    narrow = load_encoder(str(tiny_folder), device="cpu", dtype="bfloat16").encode(texts)
    assert narrow.dtype == np.float32
    assert (narrow * tiny.encode(texts)).sum(axis=1).min() > 0.999


def test_an_unknown_dtype_is_refused_with_those_there_are(tiny_folder):
    with pytest.raises(EncoderError, match="float32, bfloat16"):
        load_encoder(str(tiny_folder), dtype="int4")


def test_the_default_encoder_puts_texts_about_one_thing_together(minilm):
    space, mars, soup, potatoes = minilm.encode(
        [
            "A film about space travel",
            "Astronauts fly to Mars in this movie",
            "How to cook soup",
            "A recipe with potatoes and leek",
        ]
    )
    assert space @ mars > space @ soup + 0.3
    assert soup @ potatoes > soup @ mars + 0.3
