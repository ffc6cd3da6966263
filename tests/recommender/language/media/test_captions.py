import json

import numpy as np
import pytest

from recommender.language.media.captions import Captioner, Transcriber
from recommender.language.model_folder import EncoderError

from ..conftest import VOCABULARY, write_tiny_model
from .conftest import IMAGE_SETTINGS, RED, SMALL, save, tone


def with_tokenizer(folder):
    write_tiny_model(folder)  # the model is written over
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "PreTrainedTokenizerFast", "pad_token": "[PAD]", "unk_token": "[UNK]"})
    )
    return folder


@pytest.fixture
def blip_folder(tmp_path):
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration

    torch.manual_seed(0)
    ids = {"bos_token_id": 2, "eos_token_id": 3, "sep_token_id": 3, "pad_token_id": 0}
    text = {**SMALL, "vocab_size": len(VOCABULARY), "max_position_embeddings": 64, "encoder_hidden_size": 16, **ids}
    vision = {**SMALL, "image_size": 16, "patch_size": 8}
    model = BlipForConditionalGeneration(BlipConfig(text_config=text, vision_config=vision))
    return save(with_tokenizer(tmp_path), model, IMAGE_SETTINGS)


def test_a_captioner_writes_words_of_its_vocabulary(blip_folder):
    captions = Captioner(blip_folder).describe([RED, RED])
    assert captions[0] == captions[1]
    assert set(captions[0].split()) <= set(VOCABULARY)


def test_a_model_that_writes_nothing_about_images_is_refused(vit_folder):
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Captioner(vit_folder)


def test_speech_becomes_text_by_a_model_of_characters(tmp_path):
    import torch
    from transformers import Wav2Vec2Config, Wav2Vec2FeatureExtractor, Wav2Vec2ForCTC

    torch.manual_seed(0)
    config = Wav2Vec2Config(
        **SMALL, conv_dim=(8, 8), conv_stride=(5, 4), conv_kernel=(10, 8), num_feat_extract_layers=2,
        num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, vocab_size=4, pad_token_id=0,
    )  # fmt: skip
    model = Wav2Vec2ForCTC(config)
    torch.nn.init.zeros_(model.lm_head.weight)
    model.lm_head.bias.data = torch.tensor([0.0, 0.0, 0.0, 5.0])  # it says "b" whatever it hears
    folder = save(tmp_path, model, Wav2Vec2FeatureExtractor())
    (tmp_path / "vocab.json").write_text(json.dumps({"<pad>": 0, "<unk>": 1, "|": 2, "b": 3}))
    (tmp_path / "tokenizer_config.json").write_text(
        json.dumps({"tokenizer_class": "Wav2Vec2CTCTokenizer", "bos_token": None, "eos_token": None})
    )
    assert Transcriber(folder).transcribe([tone()]) == ["b"]


def test_speech_becomes_text_by_a_model_that_writes(tmp_path):
    import torch
    from transformers import WhisperConfig, WhisperFeatureExtractor, WhisperForConditionalGeneration

    torch.manual_seed(0)
    config = WhisperConfig(
        d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
        encoder_ffn_dim=16, decoder_ffn_dim=16, num_mel_bins=8, max_source_positions=50, max_target_positions=32,
        vocab_size=len(VOCABULARY), pad_token_id=0, bos_token_id=2, eos_token_id=3, decoder_start_token_id=2,
        suppress_tokens=None, begin_suppress_tokens=None,
    )  # fmt: skip
    model = WhisperForConditionalGeneration(config)
    model.generation_config.max_length = 20
    save(with_tokenizer(tmp_path), model, WhisperFeatureExtractor(feature_size=8, chunk_length=1))
    transcript = Transcriber(str(tmp_path)).transcribe([tone(seconds=1), np.zeros(100, np.float32)])
    assert len(transcript) == 2
    assert set(transcript[0].split()) <= set(VOCABULARY)
