"""An operator's word on two items: written, taken back, and followed in every list of what is similar."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from behaviour.models import Account
from catalog.models import Item, Storefront

from .. import selectors
from ..models import ItemTie
from ..serving.catalogue import Catalogue
from ..steering import Directive, Steering
from .answers import ServiceError
from .audit import audit_record

Kind = ItemTie.Kind
MOST = 200  # ties of one item: each list of what is similar to it reads all of them


def tie_add(
    *, storefront: Storefront, item: Item, neighbour: Item, kind: str, by: Account | None = None, reason: str = ""
) -> ItemTie:
    """Block two items from each other, or pin `neighbour` to `item`. What holds already is given back as it is.

    A block takes back the pins between the two: it is the safer of both words. Raises ServiceError for an item of
    another storefront, an item and itself, a pin of what is blocked, and more than MOST ties of one item.
    """
    if kind not in Kind.values:
        raise ServiceError(_("Two items are blocked or pinned; there is no “%(kind)s”.") % {"kind": kind[:20]})
    if {item.storefront_id, neighbour.storefront_id} != {storefront.pk}:
        raise ServiceError(_("Both items must belong to the storefront."))
    if item.pk == neighbour.pk:
        raise ServiceError(_("An item cannot be tied to itself."))
    with transaction.atomic():
        # Whoever ties the same items waits, so that a pin and a block cannot pass each other. Events of them do not.
        list(Item.objects.select_for_update(no_key=True).filter(pk__in=(item.pk, neighbour.pk)).order_by("pk"))
        between = ItemTie.objects.select_related("item", "neighbour", "storefront").filter(
            item__in=(item, neighbour), neighbour__in=(item, neighbour)
        )
        if kind == Kind.BLOCK:
            item, neighbour = sorted((item, neighbour), key=lambda one: one.pk)
            for pin in between.filter(kind=Kind.PIN):
                tie_remove(tie=pin, by=by, reason=reason)
        elif between.filter(kind=Kind.BLOCK).exists():
            raise ServiceError(_("These two are blocked. Take the block back first."))
        values = {"storefront": storefront, "item": item, "neighbour": neighbour, "kind": kind}
        if held := ItemTie.objects.filter(**values).first():
            return held
        for one in (item, neighbour) if kind == Kind.BLOCK else (item,):
            if selectors.ties_rows(one.pk).count() >= MOST:
                raise ServiceError(
                    _("%(item)s has %(most)s blocks and pins already, and there can be no more. Take some back first.")
                    % {"item": one.title, "most": MOST}
                )
        tie = ItemTie.objects.create(**values, created_by=by)
        audit_record(action=kind, subject=tie, storefront=storefront, actor=by, after=_said(tie), reason=reason)
    return tie


def tie_remove(*, tie: ItemTie, by: Account | None = None, reason: str = "") -> None:
    """Take it back. What somebody else took back a moment ago is not written down again."""
    with transaction.atomic():
        if not ItemTie.objects.select_for_update().filter(pk=tie.pk).exists():
            return
        audit_record(
            action=f"un{tie.kind}",
            subject=tie,
            storefront=tie.storefront,
            actor=by,
            before=_said(tie),
            reason=reason,
        )
        ItemTie.objects.filter(pk=tie.pk).delete()


def tied(steering: Steering, catalogue: Catalogue, ties: selectors.Ties) -> Steering:
    """`steering` with the ties of the item of the page, the weightiest of all.

    As rules of operators, so that what the dates, the vertical's rules, a filter or the person refuse does not come
    back by a pin. Several pins stand in the order in which they would have stood without.
    """
    if not ties:
        return steering
    first = []
    if ties.blocked:
        first.append(Directive(0, _("blocked for this item"), "filter", _mask(catalogue, ties.blocked)))
    if ties.pinned:
        mask = _mask(catalogue, ties.pinned)
        first.append(Directive(0, _("pinned to this item"), "pin", mask, amount=float(len(ties.pinned))))
    return replace(steering, directives=(*first, *steering.directives))


def _mask(catalogue: Catalogue, pks: frozenset[int]) -> np.ndarray:
    mask = np.zeros(len(catalogue), dtype=bool)
    mask[catalogue.rows(pks)] = True
    return mask


def _said(tie: ItemTie) -> dict[str, str]:
    return {"item": tie.item.external_id, "neighbour": tie.neighbour.external_id, "kind": tie.kind}
