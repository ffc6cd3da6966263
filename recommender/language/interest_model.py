"""Reads a history and items together and says how likely each item interests: a cross-encoder (worker side).

After Nogueira and Cho 2019 ("Passage re-ranking with BERT"), with two changes. The items of one row share the
history, which does not see them (a prefix in the sense of Raffel et al. 2020, figure 4; see `interest_layout`), so
that it is read once. And the head begins as the cosine of the two texts, so that training goes on from what the
encoder knows already.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import nn
from torch.nn.functional import normalize

from .encoder import Encoder, load_encoder
from .interest_layout import Layout
from .interest_onnx import DESCRIPTION
from .model_folder import EncoderError

HEAD = "head.safetensors"
# A cosine of .5 between a history and an item is a lot: the slope with which the head starts.
FIRST_SLOPE = 8.0
# The head is new and the encoder is not: with this factor on its weights it learns as many times as fast.
HEAD_GAIN = 20.0


class Head(nn.Module):
    """Logits (n, k) from mean states of n histories (n, 1, d) and of k items each (n, k, d).

    logit = g (w · (û ⊙ v̂) + r · v + b), where u is the state of the history, v that of the item, a hat means unit
    length, and g is `HEAD_GAIN`. At first g w is `FIRST_SLOPE` everywhere and r is 0.
    """

    def __init__(self, width: int):
        super().__init__()
        self.match = nn.Linear(width, 1)
        self.read = nn.Linear(width, 1, bias=False)
        nn.init.constant_(self.match.weight, FIRST_SLOPE / HEAD_GAIN)
        nn.init.constant_(self.match.bias, -FIRST_SLOPE / 2 / HEAD_GAIN)
        nn.init.zeros_(self.read.weight)

    def forward(self, history, items):
        likeness = self.match(normalize(history, dim=-1) * normalize(items, dim=-1))
        return HEAD_GAIN * (likeness + self.read(items)).squeeze(-1)


class InterestModel(nn.Module):
    """Logits of interest, (n, k), of n histories in k items each: what `Layout.batch` gives goes in."""

    def __init__(self, backbone: Any, causal: bool):
        super().__init__()
        # Of the ways to compute attention the plain one is the fastest for short rows with a mask of their own, and
        # the one that ONNX and Opacus know. Dropping attention weights took a third of the time of a step.
        backbone.set_attn_implementation("eager")
        for name in ("attention_probs_dropout_prob", "attention_dropout", "attn_pdrop"):
            if hasattr(backbone.config, name):
                setattr(backbone.config, name, 0.0)
        for name, module in backbone.named_modules():
            if isinstance(module, nn.Dropout) and ("attention.self" in name or "attn_dropout" in name):
                module.p = 0.0
        self.backbone = backbone
        self.causal = causal
        self.head = Head(int(backbone.config.hidden_size))

    def gradient_checkpointing_enable(self) -> None:
        """Recompute activations on the way back instead of keeping them."""
        self.backbone.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})

    def forward(self, input_ids, position_ids, members):
        return self.head(*self.states(input_ids, position_ids, members))

    def states(self, input_ids, position_ids, members):
        """Mean states of histories (n, 1, d) and items (n, k, d); zeros for an item that a row does not have."""
        allowed = members.transpose(1, 2) @ members + members[:, :1]  # (n, t, t): own segment, or the history
        if self.causal:
            allowed = allowed * (position_ids[:, None, :] <= position_ids[:, :, None]).to(allowed.dtype)
        mask = (1.0 - allowed.clamp(max=1.0)).unsqueeze(1) * torch.finfo(torch.float32).min
        states = self.backbone(
            input_ids=input_ids, position_ids=position_ids, attention_mask=mask.to(self.backbone.dtype)
        ).last_hidden_state.float()
        pooled = members @ states / members.sum(dim=2, keepdim=True).clamp(min=1.0)
        return pooled[:, :1], pooled[:, 1:]


@dataclass
class Reader:
    """An interest model with its tokenizer: texts in, logits out. `description` is what interest.json says."""

    model: InterestModel
    tokenizer: Any
    layout: Layout
    description: dict[str, Any]

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids without special tokens, not cut."""
        return [encoding.ids for encoding in self.tokenizer.encode_batch(list(texts), add_special_tokens=False)]

    def tensors(self, rows: Sequence) -> dict[str, torch.Tensor]:
        """`Layout.batch` on the device of the model."""
        device = self.model.head.match.weight.device
        return {name: torch.from_numpy(array).to(device) for name, array in self.layout.batch(rows).items()}

    def logits(self, rows: Sequence, batch_size: int = 32) -> list[np.ndarray]:
        """For each row of the layout the logits of its items, not calibrated."""

        def read(own):
            return self.model(**self.tensors(own)).float().cpu().numpy()

        return [
            values[: max(row[2])] for row, values in zip(rows, self._by_length(rows, read, batch_size), strict=True)
        ]

    def states(self, rows: Sequence, batch_size: int = 32) -> list[np.ndarray]:
        """For each row (1 + k, d) mean states, of the history first."""

        def read(own):
            history, items = self.model.states(**self.tensors(own))
            return torch.cat([history, items], dim=1).float().cpu().numpy()

        found = self._by_length(rows, read, batch_size)
        return [values[: 1 + max(row[2])] for row, values in zip(rows, found, strict=True)]

    def _by_length(self, rows: Sequence, read: Any, batch_size: int) -> list[np.ndarray]:
        self.model.eval()
        found: list[np.ndarray] = [np.zeros(0, dtype=np.float32)] * len(rows)
        order = sorted(range(len(rows)), key=lambda number: -len(rows[number][0]))
        with torch.inference_mode():
            for start in range(0, len(order), batch_size):
                own = order[start : start + batch_size]
                for number, value in zip(own, read([rows[number] for number in own]), strict=True):
                    found[number] = value
        return found

    def save(self, folder: Path) -> None:
        """A plain transformers folder of the backbone, the head beside it, and interest.json."""
        folder = Path(folder)
        self.model.backbone.save_pretrained(folder)
        head = self.model.head.state_dict()
        save_file({name: value.detach().cpu().contiguous() for name, value in head.items()}, folder / HEAD)
        self.tokenizer.save(str(folder / "tokenizer.json"))
        content = {"layout": self.layout.to_json(), "causal": self.model.causal, **self.description}
        (folder / DESCRIPTION).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def start(base: str, device: str, history_tokens: int, item_tokens: int) -> Reader:
    """A new interest model on the encoder or decoder that `base` names. Raises EncoderError."""
    encoder = load_encoder(base, device=device)
    encoder.tokenizer.no_truncation()
    config = encoder.model.config
    around = encoder.tokenizer.encode("").ids
    end = config.eos_token_id
    layout = Layout(
        prefix=tuple(around[:1]),
        separator=tuple(around[1:2]) or ((end,) if isinstance(end, int) else ()),
        pad=encoder.pad,
        first=_first_position(encoder),
        history_tokens=history_tokens,
        item_tokens=item_tokens,
    )
    beyond = layout.length - int(getattr(config, "max_position_embeddings", None) or layout.length)
    if beyond >= history_tokens:
        raise EncoderError(
            f"The model {base!r} reads {config.max_position_embeddings} tokens, too few for a history and "
            f"{item_tokens} tokens of an item. Lower item_tokens or take another model."
        )
    if beyond > 0:
        layout = Layout.from_json({**layout.to_json(), "history_tokens": history_tokens - beyond})
    model = InterestModel(encoder.model.train(), causal=_is_causal(config)).to(encoder.model.device)
    return Reader(model, encoder.tokenizer, layout, {"temperature": 1.0, "shift": 0.0})


def load(folder: Path | str, device: str = "cpu") -> Reader:
    """What `Reader.save` wrote. Raises EncoderError."""
    folder = Path(folder)
    encoder = load_encoder(str(folder), device=device)
    encoder.tokenizer.no_truncation()
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        layout = Layout.from_json(description.pop("layout"))
        model = InterestModel(encoder.model, causal=description.pop("causal"))
        model.head.load_state_dict(load_file(folder / HEAD))
    except (OSError, KeyError, TypeError, ValueError, RuntimeError, SafetensorError) as error:
        raise EncoderError(f"{folder} holds no interest model; train one into it: {error}") from error
    return Reader(model.to(encoder.model.device).eval(), encoder.tokenizer, layout, description)


def _is_causal(config: Any) -> bool:
    """Whether the model reads from left to right: it can write text, and cannot fill in masked words."""
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_MASKED_LM_MAPPING_NAMES,
    )

    kind = config.model_type
    return kind in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES and kind not in MODEL_FOR_MASKED_LM_MAPPING_NAMES


def _first_position(encoder: Encoder) -> int:
    """RoBERTa and its children count positions from the one after that of padding."""
    embeddings = getattr(getattr(encoder.model, "embeddings", None), "position_embeddings", None)
    padding = getattr(embeddings, "padding_idx", None)
    return 0 if padding is None else padding + 1
