"""The encoder of the web process: onnxruntime, NumPy and tokenizers, and neither torch nor transformers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Literal

import numpy as np

from .model_folder import EncoderError
from .onnx_session import onnx_session
from .text import cjk_share, clean

UNKNOWN = "[UNK]"  # of a WordPiece vocabulary; the others fall back on bytes, and can spell everything
#: Whoever has learned Chinese knows these characters, and needs no two pieces for one of them. A vocabulary of English
#: has some hundred characters, too, from names: they can be spelled, but were hardly ever read.
CHINESE = (
    "今天早上我喝咖啡，晚上睡不着觉，孩子也醒了。请问有没有什么好的办法？"
    "想看一部轻松的电影，听听音乐，去旅行，做饭，锻炼身体，买礼物送给朋友。"
)
MOST_UNKNOWN, MOST_PIECES = 0.1, 1.5  # of its tokens, and tokens a character
FILES = {"fp32": "model.onnx", "int8": "model-int8.onnx"}


class OnnxEncoder:
    """Encodes queries with what `onnx_export.export` wrote. Safe to share between threads.

    `fingerprint` is that of the exported encoder: its vectors and those of the items lie in one space when
    the fingerprints are equal. The model is loaded by the first `encode`, hence after a server has forked.

    With a `batch_size` above 1 many texts take less time each, but in int8 a batch is scaled as a whole, so that
    a vector depends a little on what else was asked at the time. The web process encodes one by one.
    """

    def __init__(
        self,
        folder: Path | str,
        precision: Literal["fp32", "int8"] = "fp32",
        threads: int = 1,
        batch_size: int = 1,
    ):
        """Raises EncoderError when the folder holds no export of this precision."""
        self.folder = Path(folder)
        self.precision = precision
        self.threads = threads
        self.batch_size = batch_size
        if precision not in FILES:
            raise EncoderError(f"Precision {precision!r} is unknown; use one of {', '.join(FILES)}.")
        for name in (FILES[precision], "tokenizer.json", "encoder.json"):
            if not (self.folder / name).is_file():
                raise EncoderError(f"{self.folder} has no {name}; export the encoder into it on a worker.")
        description = json.loads((self.folder / "encoder.json").read_text(encoding="utf-8"))
        self.fingerprint: str = description["fingerprint"]
        self.dimensions: int = description["dimensions"]
        self._lock = Lock()

    def encode(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised, zeros for texts without anything readable."""
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        cleaned = [(row, text) for row, text in enumerate(map(clean, texts)) if text]
        tokens = {row: self._tokenizer.encode(text).ids for row, text in cleaned}
        rows = sorted(tokens, key=lambda row: -len(tokens[row])) if self.batch_size > 1 else list(tokens)
        for first in range(0, len(rows), self.batch_size):
            batch = rows[first : first + self.batch_size]
            vectors[batch] = self._forward([tokens[row] for row in batch])
            if progress:
                progress(first + len(batch), len(texts))
        if progress:
            progress(len(texts), len(texts))
        return vectors

    def reads(self, text: str) -> bool:
        """Whether it has learned what most of the text is written in.

        A vector of words that were never read lies close to that of any others.
        """
        tokens = self._tokenizer.encode(clean(text), add_special_tokens=False).tokens
        spelled = 2 * tokens.count(UNKNOWN) < len(tokens)
        return spelled and (2 * cjk_share(text) < 1 or self.reads_chinese)

    @cached_property
    def reads_chinese(self) -> bool:
        tokens = self._tokenizer.encode(CHINESE, add_special_tokens=False).tokens
        return tokens.count(UNKNOWN) <= MOST_UNKNOWN * len(tokens) and len(tokens) <= MOST_PIECES * len(CHINESE)

    def _forward(self, tokens: list[list[int]]) -> np.ndarray:
        ids = np.zeros((len(tokens), max(map(len, tokens))), dtype=np.int64)  # what fills up is masked
        mask = np.zeros_like(ids)
        for row, own in enumerate(tokens):
            ids[row, : len(own)] = own
            mask[row, : len(own)] = 1
        return self._session.run(None, {"input_ids": ids, "attention_mask": mask})[0]

    @cached_property
    def _tokenizer(self):
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(self.folder / "tokenizer.json"))

    @property
    def _session(self):
        with self._lock:
            return self._loaded_session

    @cached_property
    def _loaded_session(self):
        return onnx_session(self.folder / FILES[self.precision], self.threads, "the encoder")
