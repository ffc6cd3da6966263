"""Request-time verbs. Views, the storefront and the admin call these and nothing below them."""

from .answers import MOST, Served, ServedItem, ServiceError
from .conditions import Boost, ConditionError, Conditions, conditions_read
from .continuing import page_next
from .counterfactuals import counterfactual
from .explanations import Reason, Why, explain
from .impressions import click_record, impressions_record, positions_of
from .language import (
    encoder_change_request,
    failures_retry,
    keywords_request,
    language_activate,
    language_rollback,
    language_run_create,
)
from .listings import Order, listed, topics_of
from .neighbours import Neighbour, similar_persons
from .pages import CursorError, cursor_of, page_of
from .questions import history_for
from .recommendations import recommend
from .runs import (
    artifact_activate,
    deployment_rollback,
    training_run_cancel,
    training_run_create,
    training_run_resume,
)
from .searches import search
from .similarity import similar

__all__ = [
    "MOST",
    "Boost",
    "ConditionError",
    "Conditions",
    "CursorError",
    "Neighbour",
    "Order",
    "Reason",
    "Served",
    "ServedItem",
    "ServiceError",
    "Why",
    "artifact_activate",
    "click_record",
    "conditions_read",
    "counterfactual",
    "cursor_of",
    "deployment_rollback",
    "encoder_change_request",
    "explain",
    "failures_retry",
    "history_for",
    "impressions_record",
    "keywords_request",
    "language_activate",
    "language_rollback",
    "language_run_create",
    "listed",
    "page_next",
    "page_of",
    "positions_of",
    "recommend",
    "search",
    "similar",
    "similar_persons",
    "topics_of",
    "training_run_cancel",
    "training_run_create",
    "training_run_resume",
]
