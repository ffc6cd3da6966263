"""Encoder → files that the web process can run without torch (worker side).

The graph takes token ids and an attention mask and gives L2-normalised vectors: pooling is part of it, so
that nothing has to be done the same way twice.
"""

from __future__ import annotations

import copy
import json
import shutil
import uuid
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .encoder import Encoder, pool, quiet
from .onnx_encoder import FILES, OnnxEncoder

# Short and long, plain and odd: what the exported encoders are compared with torch on.
SENTENCES = (
    "A film about astronauts who fly to Mars.",
    "running shoes for women",
    "How can I lower my blood pressure without medicine?",
    "The committee announced the results of the election on Sunday evening. " * 12,
    "Stir the soup, add salt & pepper, and let it simmer for 20 minutes.",
    "春季新款绿茶礼盒",
    "x",
)


def export(encoder: Encoder, folder: Path | str, quantise: bool = True) -> dict[str, Any]:
    """Write model.onnx with model.onnx.data, model-int8.onnx (if `quantise`), tokenizer.json and encoder.json.

    They go into `folder`, which is made when needed. Returns what encoder.json says: fingerprint, name,
    dimensions, max_length, and the least cosine of each precision to torch over SENTENCES. The same encoder
    gives the same files.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    encoder.tokenizer.save(str(folder / "tokenizer.json"))
    description = {
        "fingerprint": encoder.fingerprint,
        "name": encoder.name,
        "dimensions": encoder.dimensions,
        "max_length": encoder.max_length,
        "cosine": {},
    }
    with quiet("transformers", "torch.onnx", "onnxscript", "root"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _export_graph(encoder, folder / FILES["fp32"])
        if quantise:
            _quantise(folder / FILES["fp32"], folder / FILES["int8"])
    path = folder / "encoder.json"
    path.write_text(json.dumps(description))
    reference = encoder.encode(SENTENCES)
    for precision in ("fp32", "int8") if quantise else ("fp32",):
        vectors = OnnxEncoder(folder, precision).encode(SENTENCES)
        description["cosine"][precision] = round(float(np.sum(vectors * reference, axis=1).min()), 4)
    path.write_text(json.dumps(description, indent=2, sort_keys=True) + "\n")
    return description


def written_whole(folder: Path, write: Callable[[Path], object]) -> None:
    """Have `write` fill a folder, unless it is there: aside, and renamed, for a web process must never load half."""
    if folder.exists():
        return
    aside = folder.with_name(f".{folder.name}.{uuid.uuid4().hex}")
    try:
        write(aside)
        aside.rename(folder)
    except OSError:
        if not folder.exists():  # another worker was quicker otherwise, with the same files
            raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _export_graph(encoder: Encoder, path: Path) -> None:
    import torch

    class Graph(torch.nn.Module):
        def __init__(self, model: torch.nn.Module):
            super().__init__()
            self.model = model

        def forward(self, input_ids, attention_mask):
            states = self.model(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
            return pool(states, attention_mask, encoder.pooling, kept)

    kept = encoder.dimensions if encoder.dimensions < encoder.model.config.hidden_size else None
    model = copy.deepcopy(encoder.model).float().cpu()
    model.set_attn_implementation("eager")  # plain matrix products, which ONNX has and quantisation knows
    write_graph(Graph(model).eval(), path)


def write_graph(graph: Any, path: Path) -> None:
    """A module of token ids and an attention mask, both (n, t), that gives vectors, as an ONNX file."""
    import onnx
    import torch

    sizes = {0: torch.export.Dim.DYNAMIC, 1: torch.export.Dim.DYNAMIC}
    torch.onnx.export(
        graph,
        (torch.ones((2, 8), dtype=torch.long), torch.ones((2, 8), dtype=torch.long)),
        path,
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_shapes={"input_ids": sizes, "attention_mask": sizes},
        external_data=True,  # weights in a file of their own are mapped instead of read: 60 MB less at the peak
        dynamo=True,
        verbose=False,
    )
    # The exporter notes in each node which source file on this machine it came from: nobody's business.
    exported = onnx.load(path, load_external_data=False)
    for part in (exported, exported.graph, *exported.graph.node, *exported.graph.value_info):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    onnx.save(exported, path)


def _quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # One scale per output channel instead of one per matrix, and 7 bits instead of 8 so that processors
    # without VNNI do not overflow their 16-bit sums. docs/models.md has the figures.
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, per_channel=True, reduce_range=True)
