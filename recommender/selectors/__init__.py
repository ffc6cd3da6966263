"""The one place where rows become arrays. Everything is scoped by a storefront."""

from .corpus import corpus_for, language_of
from .experiments import experiments_running, explorations_active
from .histories import (
    FAINTEST,
    HISTORY,
    NO_HISTORY,
    History,
    agreed_to_sensitive,
    hidden_items,
    history_from,
    history_of,
    history_text,
    personalised,
    personalised_persons,
    sensitive_among,
    views_of,
    without_items,
)
from .items import (
    MOST_ATTEMPTS,
    item_facets,
    item_language,
    item_texts,
    item_view,
    items_as_columns,
    items_without_vector,
    titles_of,
    vectors_newest,
    vectors_of,
    with_vectors,
)
from .media import media_encoders, media_vectors, media_weights
from .refusals import Refusals, refusals_of
from .segments import segments_known, segments_of
from .serving import deployments_live, placement_name, popular_items
from .training import TrainingData, guarded_persons, refused, training_data

__all__ = [
    "FAINTEST",
    "HISTORY",
    "MOST_ATTEMPTS",
    "NO_HISTORY",
    "History",
    "Refusals",
    "TrainingData",
    "agreed_to_sensitive",
    "corpus_for",
    "deployments_live",
    "experiments_running",
    "explorations_active",
    "guarded_persons",
    "hidden_items",
    "history_from",
    "history_of",
    "history_text",
    "item_facets",
    "item_language",
    "item_texts",
    "item_view",
    "items_as_columns",
    "items_without_vector",
    "language_of",
    "media_encoders",
    "media_vectors",
    "media_weights",
    "personalised",
    "personalised_persons",
    "placement_name",
    "popular_items",
    "refusals_of",
    "refused",
    "segments_known",
    "segments_of",
    "sensitive_among",
    "titles_of",
    "training_data",
    "vectors_newest",
    "vectors_of",
    "views_of",
    "with_vectors",
    "without_items",
]
