import io
import struct
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from recommender.language.media.decoding import decode_audio, decode_image
from recommender.language.media.limits import MediaError, MediaLimits

from .conftest import RED, image_bytes, sound_bytes, tone, wav_bytes


def png_of_size(width, height):
    """A PNG that says it is so large, and holds next to nothing."""

    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_each_allowed_format_becomes_pixels(kind):
    pixels = decode_image(image_bytes(kind), f"red.{kind.lower()}")
    assert (pixels.shape, pixels.dtype) == ((20, 30, 3), np.uint8)
    assert np.abs(pixels.astype(int) - RED).max() < 30


@pytest.mark.parametrize("kind", ["BMP", "TIFF", "ICO", "PPM", "PDF"])
def test_other_formats_are_refused_by_content(kind):
    with pytest.raises(MediaError, match="none of JPEG, PNG, WEBP, GIF"):
        decode_image(image_bytes(kind), "red.png")


@pytest.mark.parametrize(
    "data", [b"<svg onload='alert(1)'/>", b"<?xml version='1.0'?><svg><script>x</script></svg>", b"%!PS-Adobe-3.0 EPSF"]
)
def test_drawings_with_programs_in_them_are_refused(data):
    with pytest.raises(MediaError, match="none of"):
        decode_image(data)


def test_an_empty_file_is_refused():
    with pytest.raises(MediaError, match="empty"):
        decode_image(b"")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_a_truncated_image_is_refused_wherever_it_was_cut(kind):
    noise = np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    data = image_bytes(kind, noise)
    for share in (0.05, 0.3, 0.6, 0.9):
        with pytest.raises(MediaError):
            decode_image(data[: int(share * len(data))])


def test_an_image_that_is_far_too_large_is_refused_before_it_is_unpacked():
    with pytest.raises(MediaError, match=r"30,000 × 30,000|far more pixels"):
        decode_image(png_of_size(30_000, 30_000))


def test_a_long_strip_of_few_pixels_is_refused():
    with pytest.raises(MediaError, match="pixels"):
        decode_image(png_of_size(100_000, 1))


def test_too_many_bytes_are_refused():
    with pytest.raises(MediaError, match="at most 10 are read"):
        decode_image(image_bytes(), limits=MediaLimits(image_bytes=10))


def test_of_many_frames_only_the_first_is_unpacked():
    first, others = Image.fromarray(RED), [Image.new("RGB", (30, 20), "blue")] * 300
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=others)
    assert np.abs(decode_image(buffer.getvalue()).astype(int) - RED).max() < 30


def test_a_wrong_extension_is_refused():
    with pytest.raises(MediaError, match=r"named \.jpg, but is a PNG"):
        decode_image(image_bytes("PNG"), "https://shop.example/red.jpg?v=2")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
@pytest.mark.parametrize("more", [b"PK\x03\x04 an archive", b"<script>alert(1)</script>", b"%PDF-1.7"])
def test_an_image_that_is_something_else_as_well_is_refused(kind, more):
    with pytest.raises(MediaError, match="something else"):
        decode_image(image_bytes(kind) + more)


def test_padding_behind_the_end_is_no_matter():
    assert decode_image(image_bytes("PNG") + b"\0\0\n").shape == (20, 30, 3)


def test_the_place_in_the_metadata_does_not_come_out_and_the_image_is_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by a quarter
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    data = image_bytes("JPEG", exif=exif.tobytes())
    assert b"Exif" in data
    pixels = decode_image(data)
    assert type(pixels) is np.ndarray
    assert pixels.shape == (30, 20, 3)


def test_what_is_transparent_becomes_white():
    image = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    assert (decode_image(buffer.getvalue()) == 255).all()


def test_a_large_image_is_reduced():
    pixels = decode_image(image_bytes("JPEG", np.zeros((900, 1500, 3), np.uint8)))
    assert max(pixels.shape) == 512


def test_noise_behind_a_true_beginning_never_raises_anything_else():
    random = np.random.default_rng(0)
    for kind in ("PNG", "JPEG", "WEBP", "GIF"):
        data = bytearray(image_bytes(kind))
        for _ in range(60):
            broken = bytearray(data)
            for place in random.integers(8, len(data), 6):
                broken[place] = int(random.integers(256))
            with suppress(MediaError):
                assert decode_image(bytes(broken)).ndim == 3


@pytest.mark.parametrize("kind", ["WAV", "FLAC", "OGG", "MP3"])
def test_each_allowed_sound_becomes_samples_at_one_rate(kind):
    samples = decode_audio(sound_bytes(kind, tone(rate=32_000), 32_000), f"a.{kind.lower()}")
    assert samples.dtype == np.float32
    assert 7_500 < len(samples) < 9_500
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.fft.rfftfreq(len(samples), 1 / 16_000)[spectrum.argmax()] == pytest.approx(440, abs=10)


def test_channels_are_mixed():
    np.testing.assert_allclose(decode_audio(wav_bytes(tone(), channels=2)), decode_audio(wav_bytes(tone())), atol=1e-4)


def test_only_the_beginning_of_a_long_recording_is_read():
    samples = decode_audio(wav_bytes(tone(seconds=4)), limits=MediaLimits(listened=1.5))
    assert len(samples) == 24_000


def test_a_recording_that_is_too_long_is_refused():
    with pytest.raises(MediaError, match="lasts 4 seconds; at most 2"):
        decode_audio(wav_bytes(tone(seconds=4)), limits=MediaLimits(seconds=2))


@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_a_recording_that_was_cut_off_is_refused(kind):
    data = sound_bytes(kind, tone(seconds=2))
    with pytest.raises(MediaError, match=r"too early|damaged"):
        decode_audio(data[: len(data) // 2])


def test_sound_in_another_format_is_refused():
    with pytest.raises(MediaError, match="none of WAV, FLAC, OGG, MP3"):
        decode_audio(sound_bytes("AIFF", tone()))


def test_too_many_channels_are_refused():
    with pytest.raises(MediaError, match="9 channels"):
        decode_audio(wav_bytes(tone(), channels=9))


def test_samples_that_are_no_numbers_are_refused():
    import soundfile

    buffer = io.BytesIO()
    soundfile.write(buffer, np.array([0.1, np.nan, 0.2]), 16_000, format="WAV", subtype="FLOAT")
    with pytest.raises(MediaError, match="no numbers"):
        decode_audio(buffer.getvalue())


def test_a_recording_without_sound_is_refused():
    with pytest.raises(MediaError, match="no sound"):
        decode_audio(wav_bytes(np.zeros(0)))
