import json

import numpy as np
import pytest

from recommender.contracts import EventView
from recommender.data import Items
from recommender.language.compression import merge_adapter, write_variants
from recommender.language.corpus import Corpus, Event
from recommender.language.encoder import load_encoder
from recommender.language.measure import compare, measure_variants, table
from recommender.language.model_folder import EncoderError
from recommender.language.onnx_encoder import OnnxEncoder

TEXTS = ["red shoe", "green shoe", "a film of tea", "green tea", "film", "a red film", "tea of a shoe", "red tea"]
SLUGS = ("float32", "bfloat16", "onnx-fp32", "onnx-int8", "matryoshka-8", "matryoshka-16")


@pytest.fixture(scope="module")
def corpus():
    def event(item):
        return Event(item, 1.0, 0.0, EventView("like", TEXTS[item]))

    histories = [[event(0), event(1)], [event(3), event(7)], [event(5), event(4), event(2)], [event(6)]]
    return Corpus(Items(ids=np.arange(len(TEXTS)), texts=TEXTS), histories, lambda views, language: "")


@pytest.fixture(scope="module")
def measured(tiny, corpus, tmp_path_factory):
    stages = []
    folder = tmp_path_factory.mktemp("variants")
    rows = measure_variants(
        tiny, corpus, folder, slugs=SLUGS, rounds=1, report=lambda stage, fraction: stages.append((stage, fraction))
    )
    return {row["variant"]: row for row in rows}, stages


@pytest.fixture(scope="module")
def written(tiny, tmp_path_factory):
    return {each.slug: each for each in write_variants(tiny, tmp_path_factory.mktemp("written"), SLUGS)}


def test_each_form_can_be_loaded_from_its_folder(tiny, written):
    for variant in written.values():
        vectors = variant.load().encode(TEXTS)
        assert vectors.shape == (len(TEXTS), variant.dimensions)
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)


def test_the_form_as_it_is_has_the_fingerprint_of_the_encoder(tiny, written):
    assert written["float32"].load().encode(TEXTS) == pytest.approx(tiny.encode(TEXTS), abs=1e-6)


def test_bfloat16_takes_half_the_bytes(written):
    assert written["bfloat16"].size < 0.6 * written["float32"].size


def test_fewer_dimensions_are_the_first_ones_at_unit_length(tiny, written):
    kept = tiny.encode(TEXTS)[:, :8]
    expected = kept / np.linalg.norm(kept, axis=1, keepdims=True)
    np.testing.assert_allclose(written["matryoshka-8"].load().encode(TEXTS), expected, atol=1e-5)


def test_fewer_dimensions_are_another_vector_space(tiny, written):
    assert written["matryoshka-8"].load().fingerprint != tiny.fingerprint


def test_as_many_dimensions_as_there_are_is_no_form_of_its_own(written):
    assert "matryoshka-16" not in written


def test_an_encoder_of_fewer_dimensions_is_exported_with_so_many(written, tmp_path):
    from recommender.language.onnx_export import export

    encoder = written["matryoshka-8"].load()
    export(encoder, tmp_path, quantise=False)
    np.testing.assert_allclose(OnnxEncoder(tmp_path).encode(TEXTS), encoder.encode(TEXTS), atol=1e-5)


def test_an_unknown_form_is_refused_with_those_there_are(tiny, tmp_path):
    with pytest.raises(EncoderError, match=r"float32, bfloat16, onnx-fp32, onnx-int8 and matryoshka-D"):
        write_variants(tiny, tmp_path, ["int2"])


def test_more_dimensions_than_there_are_is_refused(tiny_folder):
    with pytest.raises(EncoderError, match="16 dimensions; keep 1 to 16"):
        load_encoder(str(tiny_folder), device="cpu", dimensions=17)


def test_a_truncation_that_is_no_number_is_refused(tiny_folder):
    (tiny_folder / "config_sentence_transformers.json").write_text('{"truncate_dim": "half"}')
    with pytest.raises(EncoderError, match="truncate_dim is a number"):
        load_encoder(str(tiny_folder), device="cpu")


def test_the_table_has_a_row_for_each_form_and_the_encoder_as_it_is_comes_first(measured):
    rows, _ = measured
    assert list(rows) == ["float32", "bfloat16", "onnx-fp32", "onnx-int8", "matryoshka-8"]
    assert [line.split()[0] for line in table(rows.values()).splitlines()] == ["variant", *rows]


def test_the_encoder_as_it_is_loses_nothing(measured):
    first = measured[0]["float32"]
    assert first["cosine"] == pytest.approx(1, abs=1e-5)
    assert (first["neighbours_kept"], first["ndcg_lost"], first["ndcg_lost_at_most"]) == (1.0, 0.0, 0.0)


def test_every_form_is_timed_weighed_and_judged(measured):
    for row in measured[0].values():
        assert row["texts_per_second"] > 0
        assert row["one_text_ms"] > 0
        assert row["bytes"] > 0
        assert row["questions"] == 3
        assert 0 < row["ndcg@10"] <= 1
    assert measured[0]["onnx-fp32"]["least_cosine"] > 0.9999
    assert measured[0]["onnx-int8"]["least_cosine"] > 0.9


def test_vectors_of_another_width_have_no_cosine_but_neighbours(measured):
    row = measured[0]["matryoshka-8"]
    assert row["cosine"] is None
    assert 0 < row["neighbours_kept"] <= 1


def test_the_figures_are_json(measured):
    assert json.loads(json.dumps(list(measured[0].values()), allow_nan=False))


def test_measuring_reports_each_stage_and_ends_whole(measured):
    stages = [stage for stage, _ in measured[1]]
    assert list(dict.fromkeys(stages)) == ["write", "time", "encode", "measure"]
    assert measured[1][-1] == ("measure", 1.0)


def test_a_damaged_form_shows_in_its_row(tiny, corpus, written, tmp_path):
    other = load_encoder(str(written["float32"].folder), device="cpu")
    other.model.embeddings.word_embeddings.weight.data.uniform_(-1, 1)
    other.save(tmp_path / "noise")
    variants = write_variants(tiny, tmp_path / "v", ["float32"], students={"noise": tmp_path / "noise"})
    row = compare(variants, TEXTS, rounds=1)[1]
    assert row["variant"] == "student-noise"
    assert row["cosine"] < 0.9


def test_an_adapter_becomes_part_of_the_weights(tiny_folder, tmp_path):
    import torch
    from peft import LoraConfig, get_peft_model

    base = load_encoder(str(tiny_folder), device="cpu")
    adapted = get_peft_model(base.model, LoraConfig(r=2, target_modules=["query", "value"]))
    torch.manual_seed(0)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(weight)
    adapted.save_pretrained(tmp_path / "adapter")
    expected = base.encode(TEXTS)
    plain = load_encoder(str(tiny_folder), device="cpu").encode(TEXTS)
    merged = merge_adapter(tmp_path / "adapter", tmp_path / "merged", base=str(tiny_folder))
    np.testing.assert_allclose(merged.encode(TEXTS), expected, atol=1e-5)
    assert np.abs(expected - plain).max() > 0.01
    assert not any("lora" in name for name, _ in merged.model.named_parameters())
    encoder = load_encoder(str(tiny_folder), device="cpu")
    plain_form, with_adapter = write_variants(
        encoder, tmp_path / "forms", ["float32"], adapters={"mine": tmp_path / "adapter"}
    )
    assert (with_adapter.slug, with_adapter.name["en"]) == ("adapter-mine", "with the adapter mine")
    assert with_adapter.size == pytest.approx(plain_form.size, rel=0.1), "nothing beside the weights"
    np.testing.assert_allclose(with_adapter.load().encode(TEXTS), expected, atol=1e-5)


def test_an_adapter_that_would_have_to_be_unpickled_is_refused(tmp_path, tiny_folder):
    (tmp_path / "adapter_model.bin").write_bytes(b"anything")
    with pytest.raises(EncoderError, match="only safetensors"):
        merge_adapter(tmp_path, tmp_path / "merged", base=str(tiny_folder))
