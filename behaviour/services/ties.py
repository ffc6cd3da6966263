"""What one person does about another: follow, trust, mute, block, and take it back."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from behaviour.models import Person, Relationship

FOLLOWS, TRUSTS, FRIEND, MUTES, BLOCKS = "follows", "trusts", "friend", "mutes", "blocks"
#: Ties that bring two people nearer.
NEAR = (FOLLOWS, TRUSTS, FRIEND)


class TieError(Exception):
    """The tie cannot be made; the message says why."""


@transaction.atomic
def relationship_make(*, source: Person, target: Person, kind: str, weight: float = 1.0) -> Relationship:
    """One person's tie to another, or the one that is there, with its weight brought up to date.

    To block somebody ends every nearer tie in both directions; while a block stands, none can be made. A mute is
    one's own affair and ends nothing. Raises TieError.
    """
    if source.storefront_id != target.storefront_id:
        raise TieError("Both persons must belong to the same storefront.")
    if source.pk == target.pk:
        raise TieError("A person has no tie to themselves.")
    if not weight > 0:
        raise TieError(f"A weight is above 0, not {weight:g}.")
    either_way = Q(source=source, target=target) | Q(source=target, target=source)
    if kind == BLOCKS:
        Relationship.objects.filter(either_way, kind__in=NEAR).delete()
    elif kind in NEAR and Relationship.objects.filter(either_way, kind=BLOCKS).exists():
        raise TieError("One of the two has blocked the other.")
    tie, _created = Relationship.objects.update_or_create(
        source=source,
        target=target,
        kind=kind,
        defaults={"weight": weight},
        create_defaults={"weight": weight, "storefront_id": source.storefront_id},
    )
    return tie


def relationship_end(*, source: Person, target: Person, kind: str) -> bool:
    """Whether there was such a tie to end."""
    deleted, _by_model = Relationship.objects.filter(source=source, target=target, kind=kind).delete()
    return bool(deleted)
