"""What Gorse's feedback types mean in a storefront.

A site names its types as it likes. An operator says what they are (`gorse.feedback_types` in the storefront's
settings, which `import_gorse` fills from a Gorse configuration); a type without an entry is the kind of that name, or
the first of its usual meanings that the vertical knows.
"""

from __future__ import annotations

from collections.abc import Mapping

from behaviour.kinds import Kind, kinds_for
from catalog.models import Storefront

from .shapes import ShapeError

SETTING = "gorse"
TYPES = "feedback_types"

#: What sites that follow Gorse's examples call things, and what that may be here, best first.
USUAL: Mapping[str, tuple[str, ...]] = {
    "read": ("read", "view", "watch"),
    "view": ("view",),
    "click": ("click", "view"),
    "visit": ("view",),
    "star": ("like", "save", "rating"),
    "favorite": ("like", "save"),
    "favourite": ("like", "save"),
    "fork": ("save", "like"),
    "thumbs_up": ("like",),
    "upvote": ("like",),
    "buy": ("purchase",),
    "order": ("purchase",),
    "pay": ("purchase",),
    "add_to_cart": ("cart",),
    "rate": ("rating",),
    "share": ("share", "like"),
    "dislike": ("dismiss", "hide"),
    "downvote": ("dismiss", "hide"),
}


def kind_of(storefront: Storefront, feedback_type: str) -> Kind:
    """Raises ShapeError that says which types would do and where to map others."""
    kinds = kinds_for(storefront.vertical)
    mapped = mapping_of(storefront).get(feedback_type)
    for name in [mapped] if mapped else [feedback_type, *USUAL.get(feedback_type.lower(), ())]:
        if name in kinds:
            return kinds[name]
    raise ShapeError(
        "FeedbackType",
        f"FeedbackType {feedback_type!r:.60} means nothing here. Kinds of this storefront: {', '.join(kinds)}. "
        f'Map it in the storefront\'s settings: {{"{SETTING}": {{"{TYPES}": {{"{feedback_type:.60}": "…"}}}}}}.',
    )


def mapping_of(storefront: Storefront) -> dict[str, str]:
    """Feedback type → kind, as the operator says."""
    own = storefront.settings.get(SETTING)
    types = own.get(TYPES) if isinstance(own, dict) else None
    return types if isinstance(types, dict) else {}
