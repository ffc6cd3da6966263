"""What the settings of algorithms and of language tasks are called, for whoever reads or chooses them.

Names are those of the Configs; what each does stands in `setting_words`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from .. import registry
from .figures import shown
from .manifest import DASH
from .names import algorithm_name

NAMES = {
    "accumulation": gettext_lazy("Batches a step"),
    "adapter": gettext_lazy("What is changed"),
    "ahead": gettext_lazy("Items ahead"),
    "answers": gettext_lazy("Keywords in an answer"),
    "backward": gettext_lazy("Steps backwards"),
    "balance": gettext_lazy("Balance of yes and no"),
    "base": gettext_lazy("Model to begin with"),
    "batch_size": gettext_lazy("Batch size"),
    "block": gettext_lazy("Tokens at once"),
    "checkpoint_every": gettext_lazy("Steps between checkpoints"),
    "checkpointing": gettext_lazy("Save memory"),
    "clip": gettext_lazy("Longest step"),
    "decay": gettext_lazy("Fading of the history"),
    "delta": gettext_lazy("Chance of a privacy failure"),
    "dense_limit": gettext_lazy("Items modelled, at most"),
    "dimensions": gettext_lazy("Dimensions of texts"),
    "echo": gettext_lazy("Weight of what was read"),
    "echoed": gettext_lazy("Likes that answer too"),
    "epochs": gettext_lazy("Epochs"),
    "epsilon": gettext_lazy("Privacy budget"),
    "evaluations": gettext_lazy("Measured, times an epoch"),
    "evenness": gettext_lazy("Evenness of items"),
    "events": gettext_lazy("Events read"),
    "examples": gettext_lazy("Examples, at most"),
    "frozen_layers": gettext_lazy("Layers kept as they are"),
    "future_decay": gettext_lazy("Fading of later events"),
    "gap_decay": gettext_lazy("Fading over a gap"),
    "half_life": gettext_lazy("Half-life, days"),
    "hard": gettext_lazy("Hard wrong answers"),
    "heads": gettext_lazy("Attention heads"),
    "held_out": gettext_lazy("Texts held out"),
    "histories": gettext_lazy("Histories read"),
    "history_tokens": gettext_lazy("Tokens of a history"),
    "hours": gettext_lazy("Pause that ends a basket, hours"),
    "in_words": gettext_lazy("Questions in words"),
    "item_tokens": gettext_lazy("Tokens of an item"),
    "kept": gettext_lazy("Neighbours kept an item"),
    "layers": gettext_lazy("Layers"),
    "learning_rate": gettext_lazy("Learning rate"),
    "least": gettext_lazy("Items a keyword needs"),
    "masked": gettext_lazy("Words hidden"),
    "max_tokens": gettext_lazy("Tokens of a text"),
    "meaning": gettext_lazy("Weight of meaning"),
    "members": gettext_lazy("Algorithms in it"),
    "most": gettext_lazy("Examples, at most"),
    "most_keywords": gettext_lazy("Keywords, at most"),
    "most_share": gettext_lazy("Share of items a keyword may have"),
    "near": gettext_lazy("Nearest items drawn from"),
    "negatives": gettext_lazy("Items not chosen, for each chosen"),
    "objective": gettext_lazy("What it learns"),
    "past_decay": gettext_lazy("Fading of earlier events"),
    "patience": gettext_lazy("Patience"),
    "phrases": gettext_lazy("Phrases of the texts"),
    "popular": gettext_lazy("Damping of popular items"),
    "popularity": gettext_lazy("Preference for popular items"),
    "precision": gettext_lazy("Precision"),
    "private_batch": gettext_lazy("Persons in a private step"),
    "private_clip": gettext_lazy("Pull of one person, at most"),
    "private_learning_rate": gettext_lazy("Learning rate of a private step"),
    "private_steps": gettext_lazy("Private steps"),
    "quantise": gettext_lazy("Smaller form"),
    "rank": gettext_lazy("Width of LoRA"),
    "reach": gettext_lazy("Events looked ahead"),
    "recent": gettext_lazy("Likes in a question"),
    "regularisation": gettext_lazy("Smoothing"),
    "settings": gettext_lazy("Settings of its algorithms"),
    "shrinkage": gettext_lazy("Baskets until half believed"),
    "similarity": gettext_lazy("Weight of likeness"),
    "targets": gettext_lazy("Last choices asked about"),
    "temperature": gettext_lazy("Temperature"),
    "together": gettext_lazy("Weight of what is chosen together"),
    "tokens": gettext_lazy("Vocabulary"),
    "two_hops": gettext_lazy("Weight of a second step"),
    "validation": gettext_lazy("Share measured on"),
    "validation_most": gettext_lazy("Measured on, at most"),
    "vocabulary": gettext_lazy("Vocabulary"),
    "warmup": gettext_lazy("Gentle beginning"),
    "weight_decay": gettext_lazy("Holding back large weights"),
    "weighting": gettext_lazy("Weight of rare keywords"),
    "weights": gettext_lazy("Weights of its algorithms"),
    "width": gettext_lazy("Width"),
    "withheld": gettext_lazy("Items kept out"),
    "words": gettext_lazy("Weight of words"),
    "written": gettext_lazy("Keywords written to measure"),
}
#: What a setting is chosen among, where its own words are a program's.
CHOICES = {
    "true": gettext_lazy("yes"),
    "false": gettext_lazy("no"),
    "full": gettext_lazy("all weights"),
    "lora": gettext_lazy("small matrices beside them (LoRA)"),
    "masked": gettext_lazy("words that are hidden (masked)"),
    "causal": gettext_lazy("the next word (causal)"),
}
#: What stands before a setting's name and says nothing that its own does not.
_SILENT = ("loop", "settings")


def setting_name(name: str) -> str:
    """`settings.ease.kept` → "EASE: Neighbours kept an item"; what a plugin's author called it, where it is one's."""
    *before, last = name.split(".")
    parts = [algorithm_name(part) for part in before if part not in _SILENT]
    return ": ".join([*parts, str(NAMES.get(last, last.replace("_", " ")))])


def choice_name(choice: str) -> str:
    return str(CHOICES.get(choice, choice))


def setting_value(value: Any) -> str:
    if value is None:
        return _("none")
    if value == "":
        return DASH
    if isinstance(value, (list, tuple)):
        return pgettext("between entries", ", ").join(setting_value(one) for one in value)
    if isinstance(value, str) and value in registry.algorithms():
        return algorithm_name(value)
    if isinstance(value, str) and value in CHOICES:
        return choice_name(value)
    return f"{value:g}" if isinstance(value, float) else shown(value)


def settings_flat(settings: Mapping[str, Any], start: str = "") -> dict[str, str]:
    """Name with what it lies in → its value in words; the order is that of the settings."""
    flat: dict[str, str] = {}
    for name, value in settings.items():
        if isinstance(value, Mapping):
            flat |= settings_flat(value, f"{start}{name}.")
        else:
            flat[start + name] = setting_value(value)
    return flat


def settings_named(settings: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what each is called, its value), for a page."""
    return [(setting_name(name), value) for name, value in settings_flat(settings).items()]
