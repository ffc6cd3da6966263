"""A copy of a model that computes the same faster, for encoding many texts (worker side).

On a processor, torch multiplies by weights as they lie and reads the product once more for the bias and once more
for the activation. Here the weights are laid out for oneDNN once, and bias and GELU are part of the product, as
torch's own compiler does it, but without a compiler on the machine. Where the processor multiplies bfloat16 in
hardware, the copy may do that.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
from accelerate.utils import extract_model_from_parallel
from torch import nn

# oneDNN lays weights out for a number of rows; batches come in many sizes, and this is in the middle of them.
_ROWS = 1024


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether bfloat16 is faster than float32 there, rather than emulated."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    found = torch.cpu.get_capabilities() if device.type == "cpu" else {}
    return bool(found.get("amx_bf16") or found.get("avx512_bf16"))


def stamp(model: nn.Module) -> tuple[tuple[int, int], ...] | None:
    """Changes whenever a weight does; None where torch does not keep count of that."""
    try:
        return tuple((parameter.data_ptr(), parameter._version) for parameter in model.parameters())
    except RuntimeError:  # weights made under inference_mode have no version
        return None


def packed(model: nn.Module, dtype: torch.dtype) -> nn.Module:
    """A copy of `model` for inference in `dtype`, or `model` itself where nothing would be gained.

    Shares with `model` every weight that it does not lay out anew, so the copy is valid while `stamp(model)` stays.
    """
    device = next(model.parameters()).device
    fusing = device.type == "cpu" and _fuses(dtype) and not _has_adapters(model)
    if not fusing and model.dtype == dtype:
        return model
    replica: Any = copy.deepcopy(model, memo={id(weight): weight for weight in model.parameters()}).eval()
    # A model in training may carry accelerate's own choice of precision in its `forward`.
    extract_model_from_parallel(replica, keep_fp32_wrapper=False)
    if fusing:
        for parent in list(replica.modules()):
            _pack_children(parent, dtype)
    for module in replica.modules():
        for name, weight in module._parameters.items():
            if weight is not None and weight.dtype != dtype and weight.is_floating_point():
                module._parameters[name] = nn.Parameter(weight.detach().to(dtype), requires_grad=False)
    return replica


class PackedLinear(nn.Module):
    """x ↦ activation(x Wᵀ + b) in one pass over the result. Not for training."""

    def __init__(self, linear: nn.Linear, dtype: torch.dtype, gelu: bool = False):
        super().__init__()
        weight = linear.weight.detach().to(dtype)
        self.weight = torch.ops.mkldnn._reorder_linear_weight(weight, _ROWS)
        self.bias = None if linear.bias is None else linear.bias.detach().to(dtype)
        self.activation, self.form = ("gelu", "none") if gelu else ("none", "")  # "none": the exact GELU, by erf

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        return torch.ops.mkldnn._linear_pointwise(states, self.weight, self.bias, self.activation, [], self.form)


def _pack_children(parent: nn.Module, dtype: torch.dtype) -> None:
    activation = getattr(parent, "intermediate_act_fn", None)  # BERT and its many relatives
    for name, child in list(parent.named_children()):
        if type(child) is not nn.Linear:
            continue
        gelu = name == "dense" and _is_exact_gelu(activation)
        setattr(parent, name, PackedLinear(child, dtype, gelu=gelu))
        if gelu:
            parent.intermediate_act_fn = nn.Identity()


def _is_exact_gelu(activation: Any) -> bool:
    if isinstance(activation, nn.GELU):
        return activation.approximate == "none"
    return type(activation).__name__ == "GELUActivation" and activation.act is nn.functional.gelu


def _has_adapters(model: nn.Module) -> bool:
    """Adapters reach into the layers that they wrap, and would not find the weights there."""
    return any(type(module).__module__.partition(".")[0] == "peft" for module in model.modules())


def _fuses(dtype: torch.dtype) -> bool:
    """Whether this build of torch has the fused product, and it says what the plain one says."""
    if dtype not in _ANSWERS:
        _ANSWERS[dtype] = torch.backends.mkldnn.is_available() and _agrees(dtype)
    return _ANSWERS[dtype]


_ANSWERS: dict[torch.dtype, bool] = {}


def _agrees(dtype: torch.dtype) -> bool:
    linear = nn.Linear(16, 8).requires_grad_(False)
    grid = torch.arange(8 * 16, dtype=torch.float32).reshape(8, 16)
    linear.weight.copy_(torch.sin(grid))
    states = torch.cos(grid)[:3]
    expected = nn.functional.gelu(linear(states))
    try:
        found = PackedLinear(linear, dtype, gelu=True)(states.to(dtype)).float()
    except (RuntimeError, AttributeError, NotImplementedError):  # an operator or a data type that is not there
        return False
    return bool((found - expected).abs().max() < (1e-4 if dtype == torch.float32 else 0.2))
