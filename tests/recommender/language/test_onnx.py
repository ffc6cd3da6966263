import hashlib
import json
import logging
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from recommender.language.encoder import EncoderError
from recommender.language.onnx_encoder import CHINESE, OnnxEncoder
from recommender.language.onnx_export import SENTENCES, export

TEXTS = ["red shoe", "a film of a green shoe", "tea"]


@pytest.fixture(scope="module")
def exported(tiny, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    return folder, export(tiny, folder)


def test_fp32_agrees_with_torch_at_every_length(tiny, exported):
    texts = [*TEXTS, "red " * 50]
    np.testing.assert_allclose(OnnxEncoder(exported[0]).encode(texts), tiny.encode(texts), atol=1e-5)


def test_it_says_what_it_cannot_spell(exported):
    encoder = OnnxEncoder(exported[0])
    assert encoder.reads("a red shoe")
    assert not encoder.reads("凌晨睡不着")
    assert not encoder.reads("")


@pytest.mark.parametrize("known", ["".join(sorted(set(CHINESE))), "今天我的人一上不有在"])
def test_it_has_learned_chinese_when_it_knows_its_common_characters_and_not_some_of_them(exported, tmp_path, known):
    """An English vocabulary has some from names, and spells a sentence of just those."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers

    folder = shutil.copytree(exported[0], tmp_path / "other")
    vocabulary = {word: place for place, word in enumerate(["[UNK]", *known])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.save(str(folder / "tokenizer.json"))
    assert OnnxEncoder(folder).reads("今天的人不在") == OnnxEncoder(folder).reads_chinese == (len(known) > 20)


def test_int8_points_nearly_the_same_way(tiny, exported):
    cosines = (OnnxEncoder(exported[0], "int8").encode(TEXTS) * tiny.encode(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.95


def test_the_export_describes_itself_and_says_how_well_it_agrees(tiny, exported):
    folder, description = exported
    assert json.loads((folder / "encoder.json").read_text()) == description
    assert description["fingerprint"] == OnnxEncoder(folder).fingerprint == tiny.fingerprint
    assert description["dimensions"] == OnnxEncoder(folder).dimensions == tiny.dimensions
    assert description["cosine"]["fp32"] > 0.9999


def test_a_second_export_gives_the_same_files_and_is_as_quiet(tiny, exported, tmp_path, capfd, caplog):
    export(tiny, tmp_path)
    assert tuple(capfd.readouterr()) == ("", "")
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []
    for path in exported[0].iterdir():
        other = tmp_path / path.name
        assert hashlib.sha256(path.read_bytes()).digest() == hashlib.sha256(other.read_bytes()).digest(), path.name


def test_the_export_does_not_tell_where_it_was_made(exported):
    graph = (exported[0] / "model.onnx").read_bytes()
    assert b"site-packages" not in graph
    assert b"onnx_export.py" not in graph


def test_a_precision_that_was_not_exported_is_refused_with_what_to_do(exported, tmp_path):
    folder = shutil.copytree(exported[0], tmp_path / "copy")
    (folder / "model-int8.onnx").unlink()
    with pytest.raises(EncoderError, match=r"no model-int8\.onnx; export the encoder"):
        OnnxEncoder(folder, "int8")


def test_an_unreadable_text_is_a_row_of_zeros(exported):
    assert not OnnxEncoder(exported[0]).encode(["", "<br>"]).any()


def test_a_vector_does_not_depend_on_what_else_is_asked(exported):
    encoder = OnnxEncoder(exported[0], "int8")
    np.testing.assert_array_equal(encoder.encode(TEXTS)[2], encoder.encode(TEXTS[2:])[0])


def test_threads_share_one_encoder(exported):
    encoder = OnnxEncoder(exported[0])
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(encoder.encode, [TEXTS] * 16))
    for answer in answers:
        np.testing.assert_array_equal(answer, answers[0])


def test_a_damaged_model_is_refused_with_what_to_do(exported, tmp_path):
    folder = shutil.copytree(exported[0], tmp_path / "copy")
    (folder / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(EncoderError, match="export the encoder anew"):
        OnnxEncoder(folder).encode(["tea"])


def test_encoding_on_the_web_side_imports_neither_torch_nor_transformers(exported):
    code = (
        "import sys; from recommender.language.onnx_encoder import OnnxEncoder; "
        f"OnnxEncoder({str(exported[0])!r}).encode(['tea']); "
        "print([name for name in ('torch', 'transformers') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.slow
def test_the_default_encoder_keeps_its_vectors_when_exported(minilm, tmp_path):
    description = export(minilm, tmp_path)
    assert description["cosine"]["fp32"] > 0.9999
    assert description["cosine"]["int8"] > 0.95
    np.testing.assert_allclose(OnnxEncoder(tmp_path).encode(SENTENCES), minilm.encode(SENTENCES), atol=1e-4)
