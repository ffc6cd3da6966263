"""Worker-time verbs: embed, train, evaluate. Tasks and commands call these; requests never do."""

from .embedding import encoder_adopt, encoder_prepare, items_embed
from .encoder_change import shards_work
from .evaluating import evaluate_algorithms
from .language import checkpoints_forget
from .media import media_embed
from .training import runs_recover, runs_requeue, training_run_execute

__all__ = [
    "checkpoints_forget",
    "encoder_adopt",
    "encoder_prepare",
    "evaluate_algorithms",
    "items_embed",
    "media_embed",
    "runs_recover",
    "runs_requeue",
    "shards_work",
    "training_run_execute",
]
