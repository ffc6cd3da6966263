"""Request-time verbs. Views, the storefront and the admin call these and nothing below them."""

from .answers import Served, ServedItem, ServiceError
from .explanations import Reason, Why, explain
from .recommendations import recommend
from .runs import (
    artifact_activate,
    deployment_rollback,
    training_run_cancel,
    training_run_create,
)
from .searches import search
from .similarity import similar

__all__ = [
    "Reason",
    "Served",
    "ServedItem",
    "ServiceError",
    "Why",
    "artifact_activate",
    "deployment_rollback",
    "explain",
    "recommend",
    "search",
    "similar",
    "training_run_cancel",
    "training_run_create",
]
