"""The sentence encoder: texts → vectors whose inner product says how alike the texts are.

Worker side: it runs on torch and transformers, both imported on first use. The web process reads queries
with `onnx_encoder`, which a worker exports from this one.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from .model_folder import DEFAULT_ENCODER, PINNED_WEIGHTS, EncoderError, ModelFolder, Resolved, resolve
from .text import clean

__all__ = ["DEFAULT_ENCODER", "Encoder", "EncoderError", "Resolved", "load_encoder", "resolve"]

#: Called with how many texts are done and how many there are.
Progress = Callable[[int, int], None]

DTYPES = ("float32", "bfloat16")

# So many texts are tokenised and sorted by length at a time: enough for batches of equal length, and bounded memory.
CHUNK = 4096


def load_encoder(
    name: str = DEFAULT_ENCODER, device: str | None = None, dtype: str = "float32", batch_size: int = 64
) -> Encoder:
    """The encoder that ENCODER_MODEL names; see `resolve`.

    `device`: "cuda", "mps" or "cpu"; None takes the first that this machine has. `dtype`: "float32", or
    "bfloat16", which is up to three times as fast where the processor has it. Raises EncoderError when the
    model cannot be found, is damaged, or would need to run code or unpickle.
    """
    if dtype not in DTYPES:
        raise EncoderError(f"Encoder dtype {dtype!r} is unknown; use one of {', '.join(DTYPES)}.")
    resolved = resolve(name)
    folder = ModelFolder(resolved.fetch())
    weights_hash = folder.weights_hash  # before transformers sees the folder: raises where there is no safetensors
    if resolved.kind == "package" and resolved.name in PINNED_WEIGHTS:
        folder.verify(PINNED_WEIGHTS[resolved.name])
    return Encoder(
        name=resolved.name,
        model=_load_model(folder, dtype).to(device or _best_device()),
        tokenizer=_load_tokenizer(folder),
        weights_hash=weights_hash,
        pooling=folder.pooling,
        max_length=folder.max_length,
        batch_size=batch_size,
    )


class Encoder:
    """A transformer, its tokenizer and a pooling. `dimensions` is the width of the vectors.

    `fingerprint` names the vector space: vectors compare only where it is the same. It is the same in
    every process and on every device, and differs with weights, tokenizer, pooling, length or dtype.
    """

    def __init__(
        self,
        *,
        name: str,
        model: Any,
        tokenizer: Any,
        weights_hash: str,
        pooling: str,
        max_length: int,
        batch_size: int,
    ):
        self.name = name
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.pooling = pooling
        self.max_length = max_length
        self.batch_size = batch_size
        self.dtype = str(model.dtype).removeprefix("torch.")
        self.dimensions = int(model.config.hidden_size)
        self.pad = int(model.config.pad_token_id or 0)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)
        parts = [weights_hash, tokenizer.to_str(), pooling, str(max_length), self.dtype]
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised; a text without anything readable gives a row of zeros.

        Texts are cleaned and cut at `max_length` tokens.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for start in range(0, len(texts), CHUNK):
            cleaned = [clean(text) for text in texts[start : start + CHUNK]]
            tokens = [encoding.ids for encoding in self.tokenizer.encode_batch(cleaned)]
            # Longest first, so that a batch which does not fit into memory fails at once and not near the end.
            rows = sorted((row for row, text in enumerate(cleaned) if text), key=lambda row: -len(tokens[row]))
            for first in range(0, len(rows), self.batch_size):
                batch = rows[first : first + self.batch_size]
                vectors[start + np.array(batch)] = self._forward([tokens[row] for row in batch])
                if progress:
                    progress(start + first + len(batch), len(texts))
        if progress:
            progress(len(texts), len(texts))
        return vectors

    def _forward(self, tokens: list[list[int]]) -> np.ndarray:
        import torch

        width = max(map(len, tokens))
        ids = torch.tensor([row + [self.pad] * (width - len(row)) for row in tokens])
        mask = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in tokens])
        ids, mask = ids.to(self.model.device), mask.to(self.model.device)
        with torch.inference_mode():
            states = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
            return pool(states.float(), mask, self.pooling).cpu().numpy()


def pool(states, mask, pooling: str):
    """Token states (n, t, d) and attention mask (n, t) → (n, d), rows L2-normalised. Torch tensors.

    The mean over the tokens that are there, as in Reimers and Gurevych 2019 (Sentence-BERT), section 3, or
    the state of the first token.
    """
    import torch

    if pooling == "cls":
        pooled = states[:, 0]
    else:
        weights = mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    return torch.nn.functional.normalize(pooled, dim=-1)


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _load_model(folder: ModelFolder, dtype: str):
    import torch
    from transformers import AutoModel

    try:
        with quiet("transformers"):
            model, report = AutoModel.from_pretrained(
                folder.path,
                dtype=getattr(torch, dtype),
                use_safetensors=True,
                trust_remote_code=False,
                local_files_only=True,
                output_loading_info=True,
            )
    except Exception as error:  # safetensors, OS and value errors, all of them about the files
        raise EncoderError(f"The model in {folder.path} cannot be loaded: {error}") from error
    # The pooler is a layer for another purpose; anything else that is missing would be filled with noise.
    missing = sorted(key for key in report["missing_keys"] if not key.startswith("pooler."))
    if missing:
        raise EncoderError(f"The weights in {folder.path} lack {len(missing)} tensors, such as {missing[0]}.")
    return model


def _load_tokenizer(folder: ModelFolder):
    """A `tokenizers.Tokenizer`: the very one that the web process uses, from the same file."""
    path: Path = folder.path / "tokenizer.json"
    try:
        if path.is_file():
            from tokenizers import Tokenizer

            return Tokenizer.from_file(str(path))
        from transformers import AutoTokenizer

        with quiet("transformers"):
            converted = AutoTokenizer.from_pretrained(folder.path, trust_remote_code=False, local_files_only=True)
        return converted.backend_tokenizer
    except Exception as error:  # the Rust side raises plain Exception
        raise EncoderError(f"The tokenizer in {folder.path} cannot be loaded: {error}") from error


@contextmanager
def quiet(*libraries: str) -> Iterator[None]:
    """Errors only from these loggers, and no progress bars of transformers, for as long as this lasts."""
    from transformers.utils import logging as transformers_logging

    loggers = [logging.getLogger(library) for library in libraries]
    levels = [logger.level for logger in loggers]
    bars = transformers_logging.is_progress_bar_enabled()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars:
            transformers_logging.enable_progress_bar()
