"""Models for images and sound from a folder or hub id: safetensors only, and no code of their own."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from ..encoder import read_model
from ..model_folder import EncoderError, ModelFolder, resolve


class MediaEncoder(Protocol):
    """Turns media of one kind into vectors. `fingerprint` names the space, as that of a text encoder does."""

    fingerprint: str
    dimensions: int

    def encode(self, media: list[np.ndarray]) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised."""


@dataclass(frozen=True)
class Loaded:
    """A model, its folder, what its preprocessor_config.json says, and the weights that its files did not have."""

    model: Any
    folder: ModelFolder
    settings: dict[str, Any]
    missing: tuple[str, ...]


def load(name: str, device: str, auto: str = "AutoModel", spare: tuple[str, ...] = ()) -> Loaded:
    """The model that `name` means (see `resolve`), by a class of transformers, ready for inference on `device`.

    `spare`: parts of names of weights that may be missing since they are not used. Raises EncoderError.
    """
    import transformers

    folder = ModelFolder(resolve(name).fetch())
    if not folder.weights:  # raises where there is no safetensors, before transformers sees the folder
        raise EncoderError(f"{folder.path} has no weights.")
    path = folder.path / "preprocessor_config.json"
    settings = _settings(path)
    try:
        model, missing = read_model(getattr(transformers, auto), folder.path)
    except Exception as error:  # safetensors, OS and value errors, all of them about the files
        raise EncoderError(f"The model in {folder.path} cannot be loaded: {error}") from error
    lacking = [key for key in missing if not any(part in key for part in spare)]
    if lacking:
        raise EncoderError(f"The weights in {folder.path} lack {len(lacking)} tensors, such as {lacking[0]}.")
    return Loaded(model.eval().to(device), folder, settings, tuple(missing))


def tensor_of(output: Any):
    """The features themselves: some models give them bare, others within a result."""
    return output.pooler_output if hasattr(output, "pooler_output") else output


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows at length one, float32; rows of zeros stay."""
    vectors = vectors.astype(np.float32)
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def _settings(path) -> dict[str, Any]:
    if not path.is_file():
        raise EncoderError(f"{path.parent} has no preprocessor_config.json, which says how the model sees or hears.")
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise EncoderError(f"{path} is not valid JSON: {error}") from error
    if not isinstance(settings, dict):
        raise EncoderError(f"{path} should hold a JSON object.")
    if "auto_map" in settings:
        raise EncoderError(f"{path} asks to run code of its own (auto_map), which is never done here.")
    return settings
