import numpy as np
import pytest

from recommender.language.media.audio import LogMelStatistics, load_audio_encoder, log_mel

from .conftest import SMALL, save, tone

NOISE = np.random.default_rng(0).normal(0, 0.2, 16_000).astype(np.float32)


def model(name, folder):
    """A tiny model of the family, saved with its feature extractor."""
    import torch
    import transformers as t

    torch.manual_seed(0)
    if name == "wav2vec2":
        config = t.Wav2Vec2Config(
            **SMALL, conv_dim=(8, 8), conv_stride=(5, 4), conv_kernel=(10, 8), num_feat_extract_layers=2,
            num_conv_pos_embeddings=4, num_conv_pos_embedding_groups=2, vocab_size=8,
        )  # fmt: skip
        return save(folder, t.Wav2Vec2Model(config), t.Wav2Vec2FeatureExtractor())
    if name == "ast":
        config = t.ASTConfig(**SMALL, max_length=64, num_mel_bins=16)
        return save(folder, t.ASTModel(config), t.ASTFeatureExtractor(max_length=64, num_mel_bins=16))
    if name == "whisper":
        config = t.WhisperConfig(
            d_model=16, encoder_layers=1, decoder_layers=1, encoder_attention_heads=2, decoder_attention_heads=2,
            encoder_ffn_dim=16, decoder_ffn_dim=16, num_mel_bins=8, max_source_positions=50, vocab_size=16,
            pad_token_id=0, bos_token_id=1, eos_token_id=2, decoder_start_token_id=1,
        )  # fmt: skip
        listen = t.WhisperFeatureExtractor(feature_size=8, chunk_length=1)
        return save(folder, t.WhisperModel(config), listen)
    audio = {**SMALL, "patch_embeds_hidden_size": 8, "depths": [1, 1], "num_attention_heads": [1, 1], "spec_size": 64}
    audio |= {"num_mel_bins": 16, "window_size": 4, "patch_size": 4, "patch_stride": [4, 4], "enable_fusion": False}
    config = t.ClapConfig(
        text_config={**SMALL, "vocab_size": 16}, audio_config={**audio, "projection_dim": 8}, projection_dim=8
    )
    return save(
        folder, t.ClapModel(config), t.ClapFeatureExtractor(feature_size=16, truncation="rand_trunc", max_length_s=1)
    )


@pytest.mark.parametrize(("name", "dimensions"), [("wav2vec2", 16), ("ast", 16), ("whisper", 16), ("clap", 8)])
def test_a_model_from_a_folder_gives_unit_vectors_that_tell_sounds_apart(name, dimensions, tmp_path):
    encoder = load_audio_encoder(model(name, tmp_path))
    sounds = [tone(seconds=1, rate=encoder.rate), NOISE, np.zeros(10, np.float32)]
    vectors = encoder.encode(sounds)
    assert (vectors.shape, vectors.dtype) == ((3, dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4
    np.testing.assert_allclose(encoder.encode(sounds[:1])[0], vectors[0], atol=1e-6)
    assert encoder.encode([]).shape == (0, dimensions)


def test_the_default_needs_no_model_and_puts_like_sounds_together():
    encoder = load_audio_encoder()
    low, also_low, noise = encoder.encode([tone(220, 1), tone(233, 1), NOISE])
    assert low @ also_low > low @ noise + 0.1
    assert len(low) == encoder.dimensions == 192


def test_loudness_is_no_matter():
    loud, quiet = LogMelStatistics().encode([NOISE, NOISE * 0.05])
    assert loud @ quiet > 0.999


def test_silence_and_next_to_nothing_have_no_vector_and_no_nan():
    vectors = LogMelStatistics().encode([np.zeros(16_000, np.float32), np.zeros(0, np.float32)])
    assert not vectors.any()


def test_a_tone_lies_in_the_band_of_its_pitch():
    bands = [int(log_mel(tone(pitch, 1)).mean(axis=0).argmax()) for pitch in (200, 1000, 4000)]
    assert bands == sorted(set(bands))
    middle = 700 * (10 ** (np.linspace(0, 2595 * np.log10(1 + 8000 / 700), 66)[1:-1] / 2595) - 1)
    assert middle[bands[1]] == pytest.approx(1000, rel=0.05)
