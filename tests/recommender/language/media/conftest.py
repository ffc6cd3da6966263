"""Files as strangers send them, and tiny models made from configs, as transformers saves them."""

import io
import json
import wave

import numpy as np
import pytest
from PIL import Image

RED = np.full((20, 30, 3), (200, 10, 10), dtype=np.uint8)


def image_bytes(kind="PNG", pixels=RED, **options):
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def tone(pitch=440.0, seconds=0.5, rate=16_000):
    return (0.5 * np.sin(2 * np.pi * pitch * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def wav_bytes(samples, rate=16_000, channels=1):
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((np.repeat(samples, channels) * 32767).astype("<i2").tobytes())
    return buffer.getvalue()


def sound_bytes(kind, samples, rate=16_000):
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format=kind)
    return buffer.getvalue()


def save(folder, model, preprocessor):
    """A folder with the model, and preprocessor_config.json from an extractor or a dict."""
    model.save_pretrained(folder)
    if isinstance(preprocessor, dict):
        (folder / "preprocessor_config.json").write_text(json.dumps(preprocessor))
    else:
        preprocessor.save_pretrained(folder)
    return str(folder)


IMAGE_SETTINGS = {"size": {"height": 16, "width": 16}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
SMALL = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(autouse=True)
def _offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture(scope="session")
def clip_folder(tmp_path_factory):
    import torch
    from transformers import CLIPConfig, CLIPModel

    from ..conftest import write_tiny_model

    torch.manual_seed(0)
    # The end-of-text token, behind which CLIP takes its text vector, is that of the tiny tokenizer.
    text = {**SMALL, "vocab_size": 20, "max_position_embeddings": 12, "bos_token_id": 2, "eos_token_id": 3}
    vision = {**SMALL, "image_size": 16, "patch_size": 8}
    model = CLIPModel(CLIPConfig(projection_dim=8, text_config=text, vision_config=vision))
    folder = tmp_path_factory.mktemp("clip")
    write_tiny_model(folder)  # for its tokenizer; the model is written over
    return save(
        folder, model, {**IMAGE_SETTINGS, "size": {"shortest_edge": 16}, "crop_size": 16, "do_center_crop": True}
    )


@pytest.fixture(scope="session")
def vit_folder(tmp_path_factory):
    import torch
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(0)
    model = ViTModel(ViTConfig(**SMALL, image_size=16, patch_size=8), add_pooling_layer=False)
    return save(tmp_path_factory.mktemp("vit"), model, IMAGE_SETTINGS)
