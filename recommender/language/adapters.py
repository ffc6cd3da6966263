"""LoRA: training small matrices beside the weights, and folding them in afterwards."""

from __future__ import annotations

from typing import Any, Literal

Adapter = Literal["full", "lora"]


def adapt(model: Any, adapter: Adapter, rank: int) -> Any:
    """The model to train: itself, or itself with low-rank matrices beside every linear layer and all else frozen.

    Hu et al. 2022 ("LoRA"), equation 3, with α = 2 · rank. `model` is changed in place either way.
    """
    if adapter == "full":
        return model
    if adapter != "lora":
        raise ValueError(f'adapter is "full" or "lora", not {adapter!r}.')
    from peft import LoraConfig, get_peft_model

    return get_peft_model(
        model, LoraConfig(r=rank, lora_alpha=2 * rank, lora_dropout=0.05, target_modules="all-linear")
    )


def merged(model: Any) -> Any:
    """A plain model again, with what the adapters learned in its weights."""
    return model.merge_and_unload() if hasattr(model, "merge_and_unload") else model
