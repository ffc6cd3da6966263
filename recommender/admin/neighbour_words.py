"""What the page of neighbours says: of its columns, of what is missing in one, and of what was just done."""

from __future__ import annotations

from django.utils.translation import gettext_lazy

from ..models import ItemTie

#: Column → what it goes by, what its figure is called, and what that is and where it lies.
MEASURES = {
    "content": (
        gettext_lazy("Content"),
        gettext_lazy("BM25 share"),
        gettext_lazy("Words, categories and tags in common: BM25, as a share of what the item itself reaches. 0 to 1."),
    ),
    "behaviour": (
        gettext_lazy("What people do"),
        gettext_lazy("score"),
        gettext_lazy("The live model’s score for whoever did something with this item alone. It compares within "
                     "the column and has no fixed range. Behind it: how many persons did anything with both."),
    ),
    "meaning": (
        gettext_lazy("Language model"),
        gettext_lazy("cosine"),
        gettext_lazy("Cosine of what the live text encoder makes of both texts. −1 to 1."),
    ),
}  # fmt: skip

#: (column or any, why there is nothing) → what is missing, what to do, and the page where that is done.
MISSING = {
    "unread": (gettext_lazy("No server process has read this item yet. That takes a second: load the page again."), ""),
    "content.alone": (
        gettext_lazy("No other item that can be shown has a word, a category or a tag of this one. Give it a text."),
        "",
    ),
    "no_model": (
        gettext_lazy("No model is live for the pages of items. Train one and put it live."),
        "admin:recommender_trainingrun_changelist",
    ),
    "model_unavailable": (
        gettext_lazy("The live model cannot be loaded. System health says why; another can be put live."),
        "admin:recommender_recommendation_health",
    ),
    "same_for_all": (
        gettext_lazy("The live model goes by popularity, which is the same beside every item. Train another kind."),
        "admin:recommender_trainingrun_changelist",
    ),
    "unknown": (
        gettext_lazy("The live model has never met this item, and nothing like it. Train again when people have."),
        "admin:recommender_trainingrun_changelist",
    ),
    "behaviour.alone": (
        gettext_lazy("Nobody did anything with this item and another one yet, as far as the live model has learned."),
        "",
    ),
    "no_encoder": (
        gettext_lazy("No text encoder is live here. A worker makes the vectors: manage.py embed"),
        "admin:recommender_liveencoder_changelist",
    ),
    "no_vector": (
        gettext_lazy("The encoder has not read this item yet, or could not. Failures are listed; manage.py embed "
                     "reads what is left."),
        "admin:recommender_embeddingfailure_changelist",
    ),
    "meaning.alone": (gettext_lazy("No other item that can be shown has a vector yet: manage.py embed"), ""),
}  # fmt: skip

SAID = {
    ItemTie.Kind.BLOCK: gettext_lazy("“%(neighbour)s” and “%(item)s” are never shown as similar from now on."),
    ItemTie.Kind.PIN: gettext_lazy("“%(neighbour)s” stands first among what is similar to “%(item)s” from now on."),
}
