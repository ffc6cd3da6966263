"""How every ONNX model runs in the web process: on few threads, and without keeping what one long text took."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .model_folder import EncoderError


def onnx_session(path: Path, threads: int, what: str) -> Any:
    """Raises EncoderError that says to export `what` anew where the file cannot be loaded."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False  # else one long text keeps its memory for ever
    options.log_severity_level = 3
    try:
        return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime raises a dozen classes, all about the file
        raise EncoderError(f"{path} cannot be loaded; export {what} anew: {error}") from error
