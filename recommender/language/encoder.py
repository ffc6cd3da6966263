"""The sentence encoder: texts → vectors whose inner product says how alike the texts are.

Worker side: it runs on torch and transformers, both imported on first use. The web process reads queries
with `onnx_encoder`, which a worker exports from this one.
"""

from __future__ import annotations

import hashlib
import json
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

#: "auto": weights in float32, many texts at once in bfloat16 where the device multiplies that in hardware.
DTYPES = ("float32", "bfloat16", "auto")

# So many texts are tokenised and sorted by length at a time: enough for batches of equal length, and bounded memory.
CHUNK = 4096
# A processor is fastest while the states of a batch stay near it; a GPU takes whatever batch_size says.
TOKENS_OF_A_BATCH = 4096
# What makes a folder one of sentence-transformers, for those who use that.
_MODULES = [
    {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
    {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
    {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
]
# Laying out the weights anew costs about as much as encoding so many texts.
PACKED_FROM = 128


def load_encoder(
    name: str = DEFAULT_ENCODER,
    device: str | None = None,
    dtype: str = "float32",
    batch_size: int = 64,
    dimensions: int | None = None,
) -> Encoder:
    """The encoder that ENCODER_MODEL names; see `resolve`.

    `device`: "cuda", "mps" or "cpu"; None takes the first that this machine has. `dtype`: "float32"; "bfloat16",
    about twice as fast where the processor has it; or "auto", which is as fast where it can be and keeps the
    fingerprint of float32. `dimensions`: how many of each vector are kept, for encoders that were trained for it
    (Matryoshka); unless given, what the folder says, else all. Raises EncoderError when the model cannot be found,
    is damaged, or would need to run code or unpickle.
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
        model=_load_model(folder, "float32" if dtype == "auto" else dtype).to(device or _best_device()),
        tokenizer=_load_tokenizer(folder),
        weights_hash=weights_hash,
        pooling=folder.pooling,
        max_length=folder.max_length,
        batch_size=batch_size,
        dimensions=dimensions or _stated_dimensions(folder),
        compute="auto" if dtype == "auto" else None,
    )


class Encoder:
    """A transformer, its tokenizer and a pooling. `dimensions` is the width of the vectors.

    `fingerprint` names the vector space: vectors compare only where it is the same. It is the same in
    every process and on every device, and differs with weights, tokenizer, pooling, length, dimensions or dtype
    of the weights. With `compute` "auto" the weights stay as they are, and vectors of many texts agree to three
    digits with those of one.
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
        dimensions: int | None = None,
        compute: str | None = None,
    ):
        self.name = name
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.pooling = pooling
        self.max_length = max_length
        self.batch_size = batch_size
        self.dtype = str(model.dtype).removeprefix("torch.")
        width = int(model.config.hidden_size)
        if dimensions is not None and not 1 <= dimensions <= width:
            raise EncoderError(f"{name} has {width} dimensions; keep 1 to {width} of them, not {dimensions}.")
        self.dimensions = dimensions or width
        self.compute = compute
        self.weights_hash = weights_hash
        self.pad = int(model.config.pad_token_id or 0)
        tokenizer.no_padding()
        tokenizer.enable_truncation(max_length)
        parts = [weights_hash, tokenizer.to_str(), pooling, str(max_length), self.dtype]
        parts += [str(self.dimensions)] if self.dimensions < width else []
        self._packed: tuple[Any, Any] | None = None
        self.fingerprint = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]

    def encode(self, texts: Sequence[str], progress: Progress | None = None) -> np.ndarray:
        """(n, dimensions) float32, rows L2-normalised; a text without anything readable gives a row of zeros.

        Texts are cleaned and cut at `max_length` tokens. Those that are the same are read once.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        model = self._model_for(len(texts))
        for start in range(0, len(texts), CHUNK):
            cleaned = [clean(text) for text in texts[start : start + CHUNK]]
            distinct = list(dict.fromkeys(filter(None, cleaned)))
            tokens = [encoding.ids for encoding in self.tokenizer.encode_batch_fast(distinct)]
            found = np.zeros((len(distinct) + 1, self.dimensions), dtype=np.float32)  # the last row stays zero
            done = 0
            for batch in self._batches(tokens):
                found[batch] = self._forward([tokens[row] for row in batch], model)
                done += len(batch)
                if progress:
                    progress(start + done, len(texts))
            places = {text: place for place, text in enumerate(distinct)}
            vectors[start : start + len(cleaned)] = found[[places.get(text, -1) for text in cleaned]]
        if progress:
            progress(len(texts), len(texts))
        return vectors

    def save(self, folder: Path | str, dimensions: int | None = None) -> None:
        """Write the model as transformers and sentence-transformers read it; ENCODER_MODEL may name the folder.

        `dimensions`: keep so many of each vector from now on; unless given, as many as now.
        """
        folder = Path(folder)
        with quiet("transformers"):
            self.model.save_pretrained(folder)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        kept = dimensions or self.dimensions
        width = int(self.model.config.hidden_size)
        pooling = {"pooling_mode": self.pooling, "word_embedding_dimension": width, "embedding_dimension": width}
        for name, content in {
            "1_Pooling/config.json": pooling,
            "sentence_bert_config.json": {"max_seq_length": self.max_length, "do_lower_case": False},
            "config_sentence_transformers.json": {"truncate_dim": kept if kept < width else None},
            "modules.json": _MODULES,
        }.items():
            path = folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")

    def _batches(self, tokens: list[list[int]]) -> Iterator[list[int]]:
        """Row numbers, longest first, so that a batch which does not fit into memory fails at once and not at last."""
        rows = sorted(range(len(tokens)), key=lambda row: -len(tokens[row]))
        first = 0
        while first < len(rows):
            size = self.batch_size
            if self.model.device.type == "cpu":
                size = min(size, max(1, TOKENS_OF_A_BATCH // len(tokens[rows[first]])))
            yield rows[first : first + size]
            first += size

    def _model_for(self, texts: int):
        """The model, or for many texts a copy that is faster, made anew when training has changed a weight."""
        if texts < PACKED_FROM:
            return self.model
        import torch

        from .packed import multiplies_bfloat16, packed, stamp

        now = stamp(self.model)
        if now is None:
            return self.model
        if self._packed is None or self._packed[0] != now:
            narrow = self.compute == "auto" and multiplies_bfloat16(self.model.device)
            self._packed = now, packed(self.model, torch.bfloat16 if narrow else self.model.dtype)
        return self._packed[1]

    def _forward(self, tokens: list[list[int]], model: Any = None) -> np.ndarray:
        import torch

        with torch.inference_mode():
            return self.states(tokens, model or self.model).cpu().numpy()

    def states(self, tokens: Sequence[Sequence[int]], model: Any):
        """(n, dimensions) tensor of unit vectors that `model`, of the encoder's kind, gives for token ids.

        Gradients flow through it, for training.
        """
        import torch

        ids = np.full((len(tokens), max(map(len, tokens))), self.pad, dtype=np.int64)
        for row, own in zip(ids, tokens, strict=True):
            row[: len(own)] = own
        lengths = np.array([len(own) for own in tokens])
        mask = torch.from_numpy((np.arange(ids.shape[1]) < lengths[:, None]).astype(np.int64)).to(self.model.device)
        states = model(input_ids=torch.from_numpy(ids).to(self.model.device), attention_mask=mask).last_hidden_state
        return pool(states.float(), mask, self.pooling, self.dimensions)


def pool(states, mask, pooling: str, dimensions: int | None = None):
    """Token states (n, t, d) and attention mask (n, t) → (n, `dimensions` or d), rows L2-normalised. Torch tensors.

    The mean over the tokens that are there, as in Reimers and Gurevych 2019 (Sentence-BERT), section 3, or
    the state of the first token; of it the first `dimensions`, as in Kusupati et al. 2022 (Matryoshka), section 3.
    """
    import torch

    if pooling == "cls":
        pooled = states[:, 0]
    else:
        weights = mask.unsqueeze(-1).to(states.dtype)
        pooled = (states * weights).sum(dim=1) / weights.sum(dim=1).clamp(min=1)
    return torch.nn.functional.normalize(pooled[:, :dimensions], dim=-1)


def _stated_dimensions(folder: ModelFolder) -> int | None:
    """`truncate_dim` of config_sentence_transformers.json, which sentence-transformers reads as well."""
    path = folder.path / "config_sentence_transformers.json"
    if not path.is_file():
        return None
    try:
        stated = json.loads(path.read_text(encoding="utf-8")).get("truncate_dim")
        return None if stated is None else int(stated)
    except (ValueError, TypeError, AttributeError) as error:
        raise EncoderError(f"{path} should hold a JSON object whose truncate_dim is a number: {error}") from error


def _best_device() -> str:
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _load_model(folder: ModelFolder, dtype: str):
    import torch
    from transformers import AutoModel

    try:
        model, missing = read_model(AutoModel, folder.path, dtype=getattr(torch, dtype))
    except Exception as error:  # safetensors, OS and value errors, all of them about the files
        raise EncoderError(f"The model in {folder.path} cannot be loaded: {error}") from error
    # The pooler is a layer for another purpose; anything else that is missing would be filled with noise.
    lacking = [key for key in missing if not key.startswith("pooler.")]
    if lacking:
        raise EncoderError(f"The weights in {folder.path} lack {len(lacking)} tensors, such as {lacking[0]}.")
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


def read_model(family: Any, folder: Path, **options: Any) -> tuple[Any, list[str]]:
    """A model of a class of transformers, and the tensors that its files lack.

    From safetensors alone, without code of its own, and with nothing fetched. Raises whatever is wrong with the files.
    """
    with quiet("transformers"):
        model, report = family.from_pretrained(
            folder,
            use_safetensors=True,
            trust_remote_code=False,
            local_files_only=True,
            output_loading_info=True,
            **options,
        )
    return model, sorted(report["missing_keys"])


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
