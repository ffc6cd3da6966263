"""Images and speech → text, where a model for it is configured; the text then goes the way of every text.

What a model writes is data like any other text: it is cleaned and cut, and never read as an instruction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..encoder import quiet
from ..model_folder import EncoderError, ModelFolder, resolve
from ..text import clean
from .images import Preparation, _side
from .models import load

CHARACTERS = 2000
_CAPTION_TOKENS, _SPEECH_TOKENS = 40, 400
_PROMPT_TOKENS = 8  # language, task and the like, which a model puts before what it writes


class Captioner:
    """What is to be seen, in words: BLIP, GIT, and other models that write text from an image alone."""

    def __init__(self, name: str, device: str = "cpu"):
        loaded = load(name, device, auto="AutoModelForImageTextToText")
        self.model, self.device = loaded.model, device
        config = loaded.model.config
        self.prepare = Preparation.of(loaded.settings, _side(getattr(config, "vision_config", config)))
        self.tokenizer = _tokenizer(loaded.folder.path)

    def describe(self, images: Sequence[np.ndarray]) -> list[str]:
        """One caption an image ((h, w, 3) uint8)."""
        import torch

        captions = []
        for image in images:
            pixels = torch.from_numpy(self.prepare(image)[None]).to(self.device)
            with torch.inference_mode(), quiet("transformers"):
                ids = self.model.generate(pixel_values=pixels, max_new_tokens=_CAPTION_TOKENS, do_sample=False)
            captions.append(_readable(self.tokenizer.decode(ids[0], skip_special_tokens=True)))
        return captions


class Transcriber:
    """What is said, in words: Whisper and its like, or Wav2Vec2 with a head for characters (CTC)."""

    def __init__(self, name: str, device: str = "cpu"):
        from transformers import AutoFeatureExtractor

        folder = ModelFolder(resolve(name).fetch())
        architectures = folder.config.get("architectures") or [""]
        self.by_characters = architectures[0].endswith("ForCTC")
        auto = "AutoModelForCTC" if self.by_characters else "AutoModelForSpeechSeq2Seq"
        loaded = load(name, device, auto=auto, spare=("masked_spec_embed",))
        self.model, self.device = loaded.model, device
        with quiet("transformers"):
            self.listen = AutoFeatureExtractor.from_pretrained(
                folder.path, trust_remote_code=False, local_files_only=True
            )
        self.tokenizer = _tokenizer(folder.path)
        self.rate = int(self.listen.sampling_rate)

    def transcribe(self, recordings: Sequence[np.ndarray]) -> list[str]:
        """One transcript a recording ((samples,) float32 at `rate` a second)."""
        return [_readable(self._words(samples)) for samples in recordings]

    def _words(self, samples: np.ndarray) -> str:
        import torch

        heard: Any = self.listen(samples, sampling_rate=self.rate, return_tensors="pt")
        inputs = {key: value.to(self.device) for key, value in heard.items()}
        with torch.inference_mode(), quiet("transformers"):
            if self.by_characters:
                ids = self.model(**inputs).logits.argmax(dim=-1)
            else:
                room = getattr(self.model.config, "max_target_positions", None) or _SPEECH_TOKENS + _PROMPT_TOKENS
                most = min(_SPEECH_TOKENS, room - _PROMPT_TOKENS)
                ids = self.model.generate(**inputs, max_new_tokens=most, do_sample=False)
        return self.tokenizer.decode(ids[0], skip_special_tokens=True)


def _tokenizer(folder):
    from transformers import AutoTokenizer

    try:
        with quiet("transformers"):
            return AutoTokenizer.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
    except Exception as error:  # whatever is wrong with the files
        raise EncoderError(f"The tokenizer in {folder} cannot be loaded: {error}") from error


def _readable(text: str) -> str:
    return clean(text)[:CHARACTERS]
