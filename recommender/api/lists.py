"""What every request for a list may say, how it is read, and how the answer is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from behaviour.models import Person
from catalog.api.parameters import Parameter, choice, number, text
from catalog.api.pointers import escaped
from catalog.api.problems import Fault, invalid
from catalog.api.views import item_shown
from catalog.expressions import LONGEST
from catalog.models import Item, Storefront
from catalog.schema import say
from catalog.visitors import Visitor
from recommender import registry, services
from recommender.models import Recommendation
from recommender.services.conditions import LEAST_FACTOR, MOST_FACTOR

from .refusals import refusing
from .schemas import ServedItemOut

FIELDS = tuple(ServedItemOut().fields)
#: What may differ between the pages of one list.
OF_THE_PAGE = {"count", "fields", "explain", "language", "cursor"}
CURSOR_LONGEST = 1000

FILTER = text(
    "filter",
    'Only items that fit this condition over the vertical\'s fields: `price < 2000 and brand in ("Acme", "Bolt")`.',
    longest=LONGEST,
)
FIELD_NAMES = choice(
    "fields", "Answer only these fields of each item; `id` is always there. Repeat it.", FIELDS, many=True
)
CURSOR = text(
    "cursor",
    "`next_cursor` of the page before. Keep the other parameters as they were; `count`, `fields`, `explain` and "
    "`language` may change.",
    longest=CURSOR_LONGEST,
)
DIVERSITY = number(
    "diversity", "How much variety: 0, the best whatever they share, to 1. Left out: the vertical's own.", 0, 1
)


def _boost(value: str) -> dict[str, Any]:
    found = re.fullmatch(r"\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s+if\s(.+)", value, re.DOTALL)
    if found is None:
        raise ValueError(f'Must be a factor, "if" and a condition, such as 2 if brand = "Acme"; got {value!r:.60}.')
    return {"by": float(found[1]), "if": found[2]}


BOOST = Parameter(
    "boost",
    f'A factor from {LEAST_FACTOR:g} to {MOST_FACTOR:g} for what fits a condition: `2 if brand = "Acme"`. Repeat it.',
    _boost,
    {"type": "string", "maxLength": LONGEST + 20, "pattern": "^\\s*[0-9]{1,6}(\\.[0-9]{1,6})?\\s+if\\s[\\s\\S]+$"},
    many=True,
)
BENDING = (FILTER, BOOST, FIELD_NAMES, CURSOR)


def conditions_of(
    storefront: Storefront, filter: str | None, boosts: Sequence[Mapping[str, Any]], *, body: bool
) -> services.Conditions:
    """Raises a Problem that points at the condition, and at the character in it."""
    try:
        return services.conditions_read(storefront, filter or "", boosts)
    except services.ConditionError as error:
        parts = [escaped(str(part)) for part in error.place]
        pointer = "/" + "/".join(parts) if body else f"?{parts[0]}"
        raise invalid([Fault(pointer, error.code, str(error))]) from None


def asked_of(address: str, said: Mapping[str, Any]) -> str:
    """What a list answers, as one text: all that must be the same on each of its pages."""
    kept = {name: value for name, value in said.items() if name not in OF_THE_PAGE and value not in (None, "", [])}
    return json.dumps([address, kept], sort_keys=True, default=str, ensure_ascii=True)


def page_or_first(
    first: Callable[[], services.Served],
    *,
    storefront: Storefront,
    asked: str,
    cursor: str | None,
    pointer: str,
    count: int | None,
    person: Person | None,
    session: Sequence[int] = (),
    language: str = "en",
    reasons: bool = False,
) -> services.Served:
    """The page that the cursor names, or the first. Raises a Problem for a cursor that cannot be followed."""
    if not cursor:
        with refusing():
            return first()
    try:
        page = services.page_of(storefront, cursor, asked)
    except services.CursorError as error:
        raise invalid([Fault(pointer, "cursor", str(error))]) from None
    with refusing():
        return services.page_next(
            storefront=storefront,
            page=page,
            count=count,
            person=person,
            session=session,
            language=language,
            reasons=reasons,
        )


def may_speak_of(visitor: Visitor | None, found: Recommendation) -> bool:
    """A browser speaks only of lists that were made for its own person, or for nobody in particular."""
    if visitor is None or found.person_id is None:
        return True
    return visitor.speaks_for(Person.objects.values_list("external_id", flat=True).get(pk=found.person_id))


def item_keys(storefront: Storefront, *lists: Sequence[str]) -> tuple[list[int] | list[str], ...]:
    """The primary keys of each list of ids, in order, and last the ids that the storefront does not have."""
    wanted = {external_id for ids in lists for external_id in ids}
    found = keys_of(storefront, wanted)
    return (*([found[one] for one in ids if one in found] for ids in lists), sorted(wanted - found.keys()))


def keys_of(storefront: Storefront, wanted: set[str]) -> dict[str, int]:
    """Id → primary key, a few hundred a query: SQLite bears no more variables."""
    ids = sorted(wanted)
    found: dict[str, int] = {}
    for start in range(0, len(ids), 500):
        rows = Item.objects.filter(storefront=storefront, external_id__in=ids[start : start + 500])
        found |= dict(rows.values_list("external_id", "pk"))
    return found


def served_shown(
    storefront: Storefront,
    served: services.Served,
    unknown_items: Sequence[str] = (),
    *,
    fields: Sequence[str] = (),
    next_cursor: str | None = None,
    language: str = "en",
) -> dict[str, Any]:
    return {
        "id": served.id or None,
        "continues": served.continues or None,
        "placement": served.placement,
        "algorithm": served.algorithm,
        "artifact": str(served.artifact_id) if served.artifact_id else None,
        "fallback": str(served.fallback),
        "degraded": list(served.degraded),
        "created_at": served.created_at,
        "unknown_items": list(unknown_items),
        "data": [
            sparse(entry_shown(entry.item, entry.position, entry.score, entry.source, entry.reason), fields)
            for entry in served.items
        ],
        "next_cursor": next_cursor,
        "notice": notice_shown(storefront, language),
    }


def notice_shown(storefront: Storefront, language: str) -> dict[str, Any] | None:
    """Whoever shows the list shows this above it: other sites have no care card of their own."""
    vertical = registry.verticals().get(storefront.vertical)  # a list that was served outlives its plugin
    notice = vertical and vertical.notice
    return notice and {
        "title": say(notice.title, language),
        "text": say(notice.text, language),
        "points": [say(point, language) for point in notice.points],
    }


def entry_shown(item: Item, position: int, score: float, source: str, reason: str = "") -> dict[str, Any]:
    return {"position": position, "score": score, "source": source, "reason": reason, **item_shown(item)}


def sparse(entry: dict[str, Any], fields: Sequence[str]) -> dict[str, Any]:
    """Only those fields, and the id."""
    return {name: value for name, value in entry.items() if name == "id" or name in fields} if fields else entry
