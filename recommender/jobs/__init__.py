"""Worker-time verbs: embed, train, evaluate. Tasks and commands call these; requests never do."""

from .embedding import encoder_prepare, items_embed
from .encoder_change import shards_work
from .evaluating import evaluate_algorithms
from .training import runs_recover, training_run_execute

__all__ = [
    "encoder_prepare",
    "evaluate_algorithms",
    "items_embed",
    "runs_recover",
    "shards_work",
    "training_run_execute",
]
