"""The interest model of the web process: onnxruntime, NumPy and tokenizers, and neither torch nor transformers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import numpy as np
from scipy.special import expit

from .interest_layout import Layout, Row
from .model_folder import EncoderError
from .onnx_session import onnx_session
from .text import clean

DESCRIPTION = "interest.json"
FILES = {"fp32": "interest.onnx", "int8": "interest-int8.onnx"}

# So many items share one reading of the history. More would save little of it and cost attention between items.
ITEMS_A_ROW = 16


class OnnxInterest:
    """Scores items after a history with what `interest_export.export` wrote. Safe to share between threads.

    `fingerprint` names the model. It is loaded by the first `score`, hence after a server has forked.
    """

    def __init__(self, folder: Path | str, precision: Literal["fp32", "int8"] = "fp32", threads: int = 1):
        """Raises EncoderError when the folder holds no export of this precision."""
        self.folder = Path(folder)
        self.precision = precision
        self.threads = threads
        if precision not in FILES:
            raise EncoderError(f"Precision {precision!r} is unknown; use one of {', '.join(FILES)}.")
        for name in (FILES[precision], "tokenizer.json", DESCRIPTION):
            if not (self.folder / name).is_file():
                raise EncoderError(f"{self.folder} has no {name}; export the interest model into it on a worker.")
        description = json.loads((self.folder / DESCRIPTION).read_text(encoding="utf-8"))
        self.layout = Layout.from_json(description["layout"])
        self.fingerprint: str = description["fingerprint"]
        self._temperature = float(description["temperature"])
        self._shift = float(description["shift"])
        self._lock = Lock()

    def score(self, history_text: str, item_texts: Sequence[str]) -> np.ndarray:
        """(n,) float32 probabilities that each item interests somebody with this history.

        Of a history that is too long the end is read; see `count_tokens`. An item without anything readable gets 0.
        """
        texts = [clean(text) for text in item_texts]
        # Items of like length share a row, so that little of a batch is padding.
        tokens = {number: self._tokens(text) for number, text in enumerate(texts) if text}
        order = sorted(tokens, key=lambda number: len(tokens[number]))
        probabilities = np.zeros(len(texts), dtype=np.float32)
        if not order:
            return probabilities
        history = self._tokens(clean(history_text))
        for start in range(0, len(order), ITEMS_A_ROW):
            own = order[start : start + ITEMS_A_ROW]
            row: Row = self.layout.row(history, [tokens[number] for number in own])
            logits = self._session.run(None, dict(self.layout.batch([row])))[0][0]
            probabilities[own] = expit(logits / self._temperature + self._shift)
        return probabilities

    def count_tokens(self, text: str) -> int:
        """How many of `layout.history_tokens` a text takes, for `preparation.fit_to_tokens`."""
        return len(self._tokens(text))

    def _tokens(self, text: str) -> list[int]:
        return self._tokenizer.encode(text, add_special_tokens=False).ids

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self.folder / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        return tokenizer

    @property
    def _session(self) -> Any:
        with self._lock:
            return self._loaded_session

    @cached_property
    def _loaded_session(self) -> Any:
        return onnx_session(self.folder / FILES[self.precision], self.threads, "the interest model")
