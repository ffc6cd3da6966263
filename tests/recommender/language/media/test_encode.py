import numpy as np
import pytest

from recommender.language.media.encode import MediaSettings, encode_media, item_vectors, media_encoder
from recommender.language.media.limits import MediaLimits

from .conftest import image_bytes, tone, wav_bytes


def test_files_bytes_and_nothing_get_a_row_each_and_problems_a_sentence(vit_folder, tmp_path):
    (tmp_path / "red.png").write_bytes(image_bytes())
    media = [tmp_path / "red.png", image_bytes(), None, b"<svg/>", tmp_path / "none.png"]
    vectors, problems = encode_media(media, "image", MediaSettings(image_encoder=vit_folder))
    assert vectors.shape == (5, 16)
    np.testing.assert_allclose(vectors[0], vectors[1], atol=1e-6)
    assert np.linalg.norm(vectors, axis=1).round(3).tolist() == [1, 1, 0, 0, 0]
    assert [problem.place for problem in problems] == [3, 4]
    assert "none of JPEG" in problems[0].sentence
    assert "none.png cannot be read" in problems[1].sentence


def test_the_name_of_what_comes_as_bytes_may_not_lie(vit_folder):
    settings = MediaSettings(image_encoder=vit_folder)
    _, problems = encode_media([image_bytes()], "image", settings, names=["https://x.example/a.gif"])
    assert "is a PNG" in problems[0].sentence


def test_limits_of_the_settings_hold_for_files(vit_folder, tmp_path):
    (tmp_path / "red.png").write_bytes(image_bytes())
    settings = MediaSettings(image_encoder=vit_folder, limits=MediaLimits(image_bytes=20))
    assert "at most 20" in encode_media([tmp_path / "red.png"], "image", settings)[1][0].sentence


def test_sound_is_encoded_by_the_default_without_any_model():
    vectors, problems = encode_media([wav_bytes(tone()), b""], "audio")
    assert (vectors.shape, len(problems)) == ((2, 192), 1)
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)


def test_many_media_report_progress_to_the_end(vit_folder):
    calls = []
    media = [image_bytes()] * 70
    encode_media(media, "image", MediaSettings(image_encoder=vit_folder), progress=lambda *call: calls.append(call))
    assert calls == [(32, 70), (64, 70), (70, 70)]


def test_a_model_is_loaded_once(vit_folder):
    settings = MediaSettings(image_encoder=vit_folder)
    assert media_encoder("image", settings) is media_encoder("image", settings)


def test_there_is_no_encoder_for_films():
    with pytest.raises(ValueError, match="image and audio"):
        media_encoder("video")


def test_several_media_of_an_item_are_averaged_and_missing_ones_do_not_count():
    vectors = np.array([[1, 0], [0, 1], [0, 0], [0, 2]], dtype=np.float32)
    found = item_vectors(vectors, np.array([0, 0, 0, 2]), 3)
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0, 0], [0, 1]], atol=1e-6)
