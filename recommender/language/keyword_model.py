"""Encoder–decoders that write keywords: from a folder, or a new T5 with a tokenizer of its own (worker side)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from .encoder import quiet, read_model
from .model_folder import EncoderError, ModelFolder, resolve
from .pretraining_models import IGNORED, SCRATCH
from .task import TaskError

#: Families whose decoders know tokens by their distance alone.
RELATIVE = ("t5", "mt5", "umt5", "longt5", "switch_transformers")
PAD, END, UNKNOWN = "<pad>", "</s>", "<unk>"


@dataclass(frozen=True)
class Sizes:
    """Of a T5 that is made from scratch; `layers` in the encoder, and as many in the decoder."""

    width: int
    layers: int
    heads: int
    vocabulary: int


class Writer(nn.Module):
    """Logits of keywords after histories. Each history is read once, however many keywords follow it."""

    def __init__(self, model: Any):
        super().__init__()
        self.model = model

    def forward(self, input_ids, attention_mask, owners, decoder_input_ids, decoder_attention_mask=None):
        """(m, t, tokens) for (m, t) `decoder_input_ids`, of which row j belongs to history `owners[j]`.

        `decoder_attention_mask` (m, 1, t, t) is added to the attention within a row; see `Seq2Seq.told`.
        """
        states = self.model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        if len(owners) != len(states):
            states, attention_mask = states[owners], attention_mask[owners]
        return self.model(
            encoder_outputs=(states,),
            attention_mask=attention_mask,
            decoder_input_ids=decoder_input_ids,
            decoder_attention_mask=decoder_attention_mask,
            use_cache=False,
        ).logits

    def gradient_checkpointing_enable(self) -> None:
        """Recompute activations on the way back instead of keeping them."""
        self.model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})


@dataclass
class Seq2Seq:
    """A model, its tokenizer (of `tokenizers`), and the tokens that matter."""

    model: Any
    tokenizer: Any
    pad: int
    end: int
    start: int
    source: Path | None = None

    def __post_init__(self) -> None:
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()
        unknown = self.tokenizer.token_to_id(UNKNOWN)
        self._unknown = -1 if unknown is None else unknown

    @property
    def positions(self) -> int:
        """Tokens that the encoder was made for; T5 has no limit of its own."""
        return int(getattr(self.model.config, "max_position_embeddings", None) or 512)

    def count(self, text: str) -> int:
        """Tokens of a text, the one that ends it included."""
        return len(self.tokenizer.encode(text, add_special_tokens=False).ids) + 1

    def encode(self, texts: Sequence[str], most: int) -> list[list[int]]:
        """Token ids with the end; of texts that are too long the end is kept, where the newest events stand."""
        encodings = self.tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [[*encoding.ids[-(most - 1) :], self.end] for encoding in encodings]

    def spell(self, words: Sequence[str]) -> list[list[int]]:
        """Token ids of keywords without the end; none for what the tokenizer cannot write."""
        encodings = self.tokenizer.encode_batch_fast(list(words), add_special_tokens=False)
        return [[] if self._unknown in encoding.ids else list(encoding.ids) for encoding in encodings]

    def padded(self, rows: Sequence[Sequence[int]], fill: int | None = None) -> torch.Tensor:
        """(n, t) on the device of the model, filled up behind with padding unless told otherwise."""
        width = max(1, *map(len, rows))
        fill = self.pad if fill is None else fill
        return torch.tensor([[*row, *[fill] * (width - len(row))] for row in rows]).to(self.model.device)

    def read(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        """`input_ids` and `attention_mask` of histories as `encode` gives them."""
        there = self.padded([[1] * len(row) for row in rows], 0)
        return {"input_ids": self.padded(rows), "attention_mask": there}

    @property
    def packs(self) -> bool:
        """Whether several keywords can stand in one row: where only the distance between tokens counts."""
        return self.model.config.model_type in RELATIVE

    def told(self, answers: Sequence[Sequence[Sequence[int]]], weights: Sequence[Sequence[float]]) -> dict[str, Any]:
        """What the decoder is given and what it is to say, for keywords as `spell` gives them and their weights.

        `answers[i]` are the keywords of history i. They stand in one row, where each sees itself alone, or in a row
        each. `told` and `counts` are (m, t): the tokens to say, and how much each counts, 0 for padding; `answers` is
        how many keywords there are.
        """
        if self.packs:
            rows = list(zip(answers, weights, strict=True))
        else:
            rows = [
                ([word], [w]) for own, ws in zip(answers, weights, strict=True) for word, w in zip(own, ws, strict=True)
            ]
        owners = range(len(rows)) if self.packs else [i for i, own in enumerate(answers) for _ in own]
        lengths = [[len(word) + 1 for word in own] for own, _ in rows]
        counts = self.padded(
            [np.repeat(ws, own).tolist() or [0.0] for (_, ws), own in zip(rows, lengths, strict=True)], 0
        )
        made = {
            "owners": torch.tensor(list(owners), device=counts.device),
            "decoder_input_ids": self.padded([[t for word in own for t in (self.start, *word)] for own, _ in rows]),
            "told": self.padded([[t for word in own for t in (*word, self.end)] for own, _ in rows], IGNORED),
            "counts": counts,
            "answers": torch.tensor(max(1, sum(map(len, answers))), device=counts.device),
        }
        if self.packs:
            blocks = self.padded([np.repeat(range(len(own)), own).tolist() for own in lengths], -1)
            seen = (blocks[:, :, None] == blocks[:, None, :]).tril()
            hidden = torch.finfo(torch.float32).min
            made["decoder_attention_mask"] = torch.zeros(seen.shape, device=seen.device).masked_fill(~seen, hidden)[
                :, None
            ]
        return made

    def save(self, folder: Path) -> None:
        """A plain transformers folder with its tokenizer."""
        from transformers import PreTrainedTokenizerFast

        with quiet("transformers"):
            self.model.save_pretrained(folder)
        if self.source is not None and (self.source / "tokenizer_config.json").is_file():
            (folder / "tokenizer_config.json").write_bytes((self.source / "tokenizer_config.json").read_bytes())
            self.tokenizer.save(str(folder / "tokenizer.json"))
            return
        names = {"pad_token": PAD, "eos_token": END, "unk_token": UNKNOWN}
        known = {name: token for name, token in names.items() if self.tokenizer.token_to_id(token) is not None}
        with quiet("transformers"):
            PreTrainedTokenizerFast(tokenizer_object=self.tokenizer, **known).save_pretrained(folder)


def load_seq2seq(base: str) -> Seq2Seq:
    """The encoder–decoder that `base` names, as ENCODER_MODEL does. Raises EncoderError, and TaskError for others."""
    from tokenizers import Tokenizer
    from transformers import AutoModelForSeq2SeqLM

    folder = ModelFolder(resolve(base).fetch())
    _ = folder.weights_hash  # raises where there is no safetensors
    if not folder.config.get("is_encoder_decoder"):
        raise TaskError(f"{base!r} is no encoder–decoder; name one such as a T5 or BART, or {SCRATCH!r} for a new one.")
    try:
        tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
        model, lacking = read_model(AutoModelForSeq2SeqLM, folder.path, dtype=torch.float32)
    except Exception as error:  # safetensors, OS and value errors alike
        raise EncoderError(f"{base!r} cannot be loaded as an encoder–decoder: {error}") from error
    if lacking:
        raise EncoderError(f"The weights in {folder.path} lack {len(lacking)} tensors, such as {lacking[0]}.")
    config = model.config
    start = config.decoder_start_token_id
    end = config.eos_token_id
    if not isinstance(end, int) or start is None:
        raise TaskError(f"{base!r} names no token that ends a text, or none that starts the decoder.")
    return Seq2Seq(model.eval(), tokenizer, int(config.pad_token_id or 0), end, int(start), folder.path)


def begin(texts: Iterable[str], sizes: Sizes, seed: int, dropout: float = 0.0) -> Seq2Seq:
    """A new T5 and a tokenizer trained on `texts`."""
    from transformers import T5Config, T5ForConditionalGeneration

    tokenizer = _byte_pairs(texts, sizes.vocabulary)
    pad, end = tokenizer.token_to_id(PAD), tokenizer.token_to_id(END)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = T5ForConditionalGeneration(
            T5Config(
                vocab_size=tokenizer.get_vocab_size(),
                d_model=sizes.width,
                d_kv=sizes.width // sizes.heads,
                d_ff=4 * sizes.width,
                num_layers=sizes.layers,
                num_decoder_layers=sizes.layers,
                num_heads=sizes.heads,
                relative_attention_num_buckets=16,
                relative_attention_max_distance=64,
                pad_token_id=pad,
                eos_token_id=end,
                decoder_start_token_id=pad,
                dropout_rate=dropout,
            )
        )
    return Seq2Seq(model, tokenizer, pad, end, pad)


def _byte_pairs(texts: Iterable[str], vocabulary: int) -> Any:
    """Lower-case, over bytes, so that no text is unknown; a word is written alike wherever it stands."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=[PAD, END],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
