"""What operators may do on a storefront, by role. Plain data: names of Django permissions with wildcards."""

from __future__ import annotations

from enum import StrEnum
from fnmatch import fnmatchcase
from functools import lru_cache


class Role(StrEnum):
    VIEWER = "viewer"
    MERCHANDISER = "merchandiser"
    ANALYST = "analyst"
    DATA_SCIENTIST = "data-scientist"
    ADMINISTRATOR = "administrator"


#: Rows that tell of single persons, and keys: looking is for those who need it.
_ABOUT_PERSONS = (
    "behaviour.*_*",
    "recommender.*_personkeywords",
    "recommender.*_recommendation",
    "recommender.*_impression",
    "recommender.*_click",
)
_KEYS = ("catalog.*_apikey",)
#: Who may do what, and what people ask about their data: for who answers for the storefront.
_ANSWERING = ("behaviour.*_membership", "behaviour.*_privacyrequest")
_MERCHANDISE = (
    "catalog.*_item",
    "catalog.*_medium",
    "recommender.*_operatorrule",
    "recommender.*_itemtie",
    "*.*_segment",
)
_MEASURE = (
    "*.*_segment",
    "recommender.*_experiment",
    "recommender.*_arm",
    "recommender.*_exploration",
    "recommender.view_*",
    "behaviour.view_*",
)
_LEARN = (
    "recommender.*_trainingrun",
    "recommender.*_artifact",
    "recommender.*_deployment",
    "recommender.*_standby",
    "recommender.*_languagedeployment",
    "recommender.*_liveencoder",
    "recommender.*_schedule",
    "recommender.*_alert",
    "recommender.*_alertrule",
)

#: Role → what it may, and what of that it may not after all.
_LOOK = ("catalog.view_*", "behaviour.view_*", "recommender.view_*")
ROLES: dict[Role, tuple[tuple[str, ...], tuple[str, ...]]] = {
    Role.VIEWER: (_LOOK, (*_ABOUT_PERSONS, *_KEYS)),
    Role.MERCHANDISER: ((*_LOOK, *_MERCHANDISE), (*_ABOUT_PERSONS, *_KEYS)),
    Role.ANALYST: ((*_LOOK, *_MEASURE), (*_ANSWERING, *_KEYS)),
    Role.DATA_SCIENTIST: ((*_LOOK, *_MEASURE, *_LEARN), (*_ANSWERING, *_KEYS)),
    Role.ADMINISTRATOR: (("catalog.*", "behaviour.*", "recommender.*"), ()),
}
#: What concerns all storefronts together is for superusers, whatever role somebody has on one.
_NOBODY = ("behaviour.*_account", "auth.*", "catalog.add_storefront", "catalog.delete_storefront")


@lru_cache(maxsize=4096)
def may(role: str, permission: str) -> bool:
    """Whether `role` has a permission such as "catalog.change_item". A role that is none has nothing."""
    if role not in ROLES or _is_any(permission, _NOBODY):
        return False
    granted, withheld = ROLES[Role(role)]
    return _is_any(permission, granted) and not _is_any(permission, withheld)


def may_in(role: str, app: str) -> bool:
    """Whether a role may look at anything of an app."""
    return may(role, f"{app}.view_")


def _is_any(permission: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(permission, pattern) for pattern in patterns)
