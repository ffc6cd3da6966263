"""The text half of a model like CLIP → files that the web process runs: words are then looked for in images."""

from __future__ import annotations

import copy
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from ..encoder import quiet
from ..onnx_encoder import FILES, OnnxEncoder
from ..onnx_export import write_graph, written_whole
from .images import TransformersImages
from .models import tensor_of

SENTENCES = ("a red shoe", "two people in the rain", "绿茶")


def export_text_side(encoder: Any, folder: Path) -> bool:
    """Write into `folder`, unless it is there, what `OnnxEncoder` reads. Returns whether the encoder reads texts.

    Its vectors lie in the space of the encoder's images.
    """
    if not isinstance(encoder, TransformersImages) or not encoder.reads_texts:
        return False
    written_whole(folder, lambda aside: _write(encoder, aside))
    return True


def _write(encoder: TransformersImages, folder: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        def __init__(self, model: torch.nn.Module):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            found = tensor_of(self.model.get_text_features(input_ids=input_ids, attention_mask=attention_mask))
            return torch.nn.functional.normalize(found.float(), dim=-1)

    folder.mkdir(parents=True)
    tokenizer = encoder.tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    model = copy.deepcopy(encoder.model).float().cpu()
    model.set_attn_implementation("eager")
    with quiet("transformers", "torch.onnx", "onnxscript", "root"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write_graph(Graph(model).eval(), folder / FILES["fp32"])
    description = {"fingerprint": encoder.fingerprint, "dimensions": encoder.dimensions}
    (folder / "encoder.json").write_text(json.dumps(description))
    cosines = np.sum(OnnxEncoder(folder).encode(SENTENCES) * encoder.encode_texts(SENTENCES), axis=1)
    description["cosine"] = {"fp32": round(float(cosines.min()), 4)}
    (folder / "encoder.json").write_text(json.dumps(description, indent=2, sort_keys=True) + "\n")
