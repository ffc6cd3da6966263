import json

import numpy as np
import pytest
from PIL import Image, ImageDraw

from recommender.language.media.images import Preparation, load_image_encoder
from recommender.language.media.text_side import export_text_side
from recommender.language.model_folder import EncoderError
from recommender.language.onnx_encoder import OnnxEncoder

from .conftest import IMAGE_SETTINGS, RED, SMALL, save

BLUE = np.full((20, 30, 3), (10, 10, 200), dtype=np.uint8)


def drawn(shape, colour, size=120):
    image = Image.new("RGB", (size, size), "white")
    getattr(ImageDraw.Draw(image), shape)((20, 20, size - 20, size - 20), fill=colour)
    return np.array(image)


@pytest.mark.parametrize(("folder", "dimensions"), [("clip_folder", 8), ("vit_folder", 16)])
def test_a_model_from_a_folder_gives_unit_vectors_that_tell_images_apart(folder, dimensions, request):
    encoder = load_image_encoder(request.getfixturevalue(folder))
    vectors = encoder.encode([RED, BLUE, RED])
    assert (vectors.shape, vectors.dtype) == ((3, dimensions), np.float32)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(vectors[0], vectors[2], atol=1e-6)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4


def test_images_of_any_size_and_none_are_taken(clip_folder):
    encoder = load_image_encoder(clip_folder)
    assert encoder.encode([]).shape == (0, 8)
    assert encoder.encode([np.zeros((1, 300, 3), np.uint8), np.zeros((300, 2, 3), np.uint8)]).shape == (2, 8)


def test_an_image_does_not_depend_on_the_others(vit_folder):
    encoder = load_image_encoder(vit_folder)
    np.testing.assert_allclose(encoder.encode([RED] * 20 + [BLUE])[-1], encoder.encode([BLUE])[0], atol=1e-5)


def test_clip_puts_texts_into_the_space_of_its_images(clip_folder):
    vectors = load_image_encoder(clip_folder).encode_texts(["red shoe", "green tea"])
    assert vectors.shape == (2, 8)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.abs(vectors[0] - vectors[1]).max() > 1e-4


def test_the_web_process_reads_words_as_clip_does(clip_folder, tmp_path):
    encoder = load_image_encoder(clip_folder)
    assert export_text_side(encoder, tmp_path / "text")
    texts = ["red shoe", "green tea", "a red film of green tea " * 9]
    found = OnnxEncoder(tmp_path / "text")
    assert found.fingerprint == encoder.fingerprint
    np.testing.assert_allclose(found.encode(texts), encoder.encode_texts(texts), atol=1e-4)


def test_of_a_model_of_images_alone_nothing_is_exported(vit_folder, tmp_path):
    assert not export_text_side(load_image_encoder(vit_folder), tmp_path / "text")
    assert not (tmp_path / "text").exists()


def test_a_model_of_images_alone_reads_no_texts(vit_folder):
    with pytest.raises(EncoderError, match="images alone"):
        load_image_encoder(vit_folder).encode_texts(["red"])


def test_a_convolutional_model_is_averaged_over_the_image(tmp_path):
    from transformers import ResNetConfig, ResNetModel

    config = ResNetConfig(embedding_size=8, hidden_sizes=[8, 12], depths=[1, 1], layer_type="basic")
    folder = save(tmp_path, ResNetModel(config), {**IMAGE_SETTINGS, "size": {"height": 64, "width": 64}})
    assert load_image_encoder(folder).encode([RED]).shape == (1, 12)


def test_the_fingerprint_differs_with_weights_and_preparation(vit_folder, tmp_path):
    import torch
    from transformers import ViTConfig, ViTModel

    torch.manual_seed(1)
    other = ViTModel(ViTConfig(**SMALL, image_size=16, patch_size=8), add_pooling_layer=False)
    folders = [vit_folder, save(tmp_path / "weights", other, IMAGE_SETTINGS)]
    folders.append(save(tmp_path / "settings", other, {**IMAGE_SETTINGS, "image_mean": [0.4] * 3}))
    assert len({load_image_encoder(folder).fingerprint for folder in folders}) == 3
    assert load_image_encoder(vit_folder).fingerprint == load_image_encoder(vit_folder).fingerprint


def test_preparation_is_what_transformers_does(clip_folder):
    pil = pytest.importorskip("transformers.models.clip.image_processing_pil_clip")
    random = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    settings = {"size": {"shortest_edge": 16}, "crop_size": {"height": 16, "width": 16}, "do_center_crop": True}
    settings |= {"image_mean": [0.48, 0.46, 0.41], "image_std": [0.27, 0.26, 0.28], "resample": 3}
    theirs = pil.CLIPImageProcessorPil(**settings)(Image.fromarray(random), return_tensors="np")["pixel_values"][0]
    np.testing.assert_allclose(Preparation.of(settings, 16)(random), theirs, atol=1e-5)


def test_a_model_that_would_run_code_is_refused(vit_folder, tmp_path):
    import shutil

    folder = shutil.copytree(vit_folder, tmp_path / "copy")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "auto_map": {"AutoImageProcessor": "mine.Mine"}}))
    with pytest.raises(EncoderError, match="auto_map"):
        load_image_encoder(str(folder))


def test_a_model_that_does_not_say_how_it_sees_is_refused(vit_folder, tmp_path):
    import shutil

    folder = shutil.copytree(vit_folder, tmp_path / "copy")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(EncoderError, match=r"no preprocessor_config\.json"):
        load_image_encoder(str(folder))


def test_damaged_weights_are_refused(vit_folder, tmp_path):
    import shutil

    folder = shutil.copytree(vit_folder, tmp_path / "copy")
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-50])
    with pytest.raises(EncoderError, match="cannot be loaded"):
        load_image_encoder(str(folder))


def test_the_default_encoder_sees_shapes_before_colours():
    encoder = load_image_encoder()
    disc, other_disc, square = encoder.encode(
        [drawn("ellipse", "red"), drawn("ellipse", "orange"), drawn("rectangle", "red")]
    )
    assert encoder.dimensions == len(disc) == 1280
    assert disc @ other_disc > disc @ square
