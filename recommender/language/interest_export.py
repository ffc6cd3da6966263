"""Interest model → files that the web process can run without torch (worker side)."""

from __future__ import annotations

import copy
import hashlib
import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import expit

from .encoder import quiet
from .interest_model import Reader
from .interest_onnx import DESCRIPTION, FILES, OnnxInterest

# What the exported models are compared with torch on.
HISTORIES = ("", "The person bought “Running shoes”, on a phone; looked at “Wool socks”.", "此人购买了“绿茶礼盒”。")
ITEMS = ("trail running shoes for women", "a film about Mars", "春季新款绿茶", "x", "socks " * 40)


def export(reader: Reader, folder: Path | str, quantise: bool = True) -> dict[str, Any]:
    """Write interest.onnx with its data and interest-int8.onnx (if `quantise`) into a folder that `Reader.save` filled.

    Adds to interest.json, and returns: fingerprint, and the greatest difference of probability of each precision to
    torch over HISTORIES and ITEMS.
    """
    import onnx

    from .onnx_export import _quantise

    folder = Path(folder)
    path = folder / FILES["fp32"]
    model = copy.deepcopy(reader.model).float().cpu().eval()
    row = reader.layout.row([1, 1, 1], [[1, 1], [1]])
    arrays = reader.layout.batch([row, row])
    n, t, k = torch.export.Dim.DYNAMIC, torch.export.Dim.DYNAMIC, torch.export.Dim.DYNAMIC
    with quiet("transformers", "torch.onnx", "onnxscript", "root"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model,
            tuple(torch.from_numpy(array) for array in arrays.values()),
            path,
            input_names=list(arrays),
            output_names=["logits"],
            dynamic_shapes={"input_ids": {0: n, 1: t}, "position_ids": {0: n, 1: t}, "members": {0: n, 1: k, 2: t}},
            external_data=True,  # mapped by the system instead of read
            dynamo=True,
            verbose=False,
        )
        exported = onnx.load(path, load_external_data=False)
        for part in (exported, exported.graph, *exported.graph.node, *exported.graph.value_info):
            part.ClearField("metadata_props")  # the names of source files on this machine
            part.ClearField("doc_string")
        onnx.save(exported, path)
        if quantise:
            _quantise(path, folder / FILES["int8"])
    content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    content["fingerprint"] = fingerprint(folder)
    _write(folder, content)
    content["difference"] = {
        precision: round(_difference(reader, OnnxInterest(folder, precision)), 4)
        for precision in (("fp32", "int8") if quantise else ("fp32",))
    }
    _write(folder, content)
    return content


def fingerprint(folder: Path) -> str:
    """16 hexadecimal digits over weights, head and tokenizer."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.safetensors"), folder / "tokenizer.json"]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _write(folder: Path, content: dict[str, Any]) -> None:
    (folder / DESCRIPTION).write_text(json.dumps(content, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _difference(reader: Reader, exported: OnnxInterest) -> float:
    items = reader.tokens([text.strip() for text in ITEMS])
    rows = [reader.layout.row(history, items) for history in reader.tokens(HISTORIES)]
    scale, shift = reader.description["temperature"], reader.description["shift"]
    expected = [expit(logits / scale + shift) for logits in reader.logits(rows)]
    found = [exported.score(text, ITEMS) for text in HISTORIES]
    return float(max(np.abs(a - b).max() for a, b in zip(expected, found, strict=True)))
