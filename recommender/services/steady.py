"""A first shelf that holds still: who comes back to it without having done anything finds it as it was."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from hashlib import blake2b

from django.utils import timezone

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import pipeline, selectors, serving
from ..models import Recommendation
from .answers import Served, ServedItem, installed_vertical, without_rows
from .arms import arm_for
from .questions import history_for, model_for, query_for
from .recommendations import with_reasons
from .steering import steering_for

STEADY = timedelta(minutes=30)
LOOKING = ("view", "click")  # kinds that are no reason for a list to change under somebody's eyes


def state_of(
    storefront: Storefront, history: selectors.History, topics: Iterable[str], person: Person | None = None
) -> str:
    """A name for everything that a list follows but for what was merely opened: it changes when the list has to.

    That is also the person's arm of an experiment, and the rules of operators that hold for them just now.
    """
    live = serving.live(storefront)
    model, _fallback = model_for(live, "home")
    arm = arm_for(live, storefront, person, "home")
    steering = steering_for(storefront, live, live.catalogue, "home", person, timezone.now().timestamp())
    rules = (live.rules_stamp, [directive.key for directive in steering.directives]) if steering.directives else ()
    acts = sorted((pk, kind) for pk, kind in history.kinds.items() if kind not in LOOKING)
    parts = (model and model.deployment_id, acts, sorted(history.seen), sorted(topics), arm and arm.label, rules)
    return blake2b(repr(parts).encode(), digest_size=12).hexdigest()


def served_again(
    *, storefront: Storefront, person: Person, state: str, placement: str = "home", language: str = "en"
) -> Served | None:
    """The list that was last served to the person in this state, as it was; None where there is none any more.

    It was asked for with `context={"state": state}`. Where one of its items cannot be shown by now there is none.
    """
    rows = Recommendation.objects.filter(
        storefront=storefront,
        person=person,
        placement=placement,
        fallback="",
        context__state=state,
        created_at__gte=timezone.now() - STEADY,
    )
    last = rows.order_by("-created_at").first()
    if last is None or not last.items:
        return None
    vertical = installed_vertical(storefront)
    live = serving.live(storefront)
    found = Item.objects.filter(storefront=storefront).available().in_bulk([entry[0] for entry in last.items])
    if len(found) < len(last.items):
        return None
    items = [found[entry[0]] for entry in last.items]
    for item in items:
        item.storefront = storefront
    history = history_for(storefront, person)
    query = query_for(live.catalogue, history, person, language=language, vertical=vertical)
    columns = selectors.items_as_columns(storefront, items, texts=False)
    if vertical.rules and not pipeline.allow(vertical.rules, columns, without_rows(query)).all():
        return None
    model, _fallback = model_for(live, placement)
    entries = [
        ServedItem(item, float(score), source, position)
        for position, (item, (_pk, score, source)) in enumerate(zip(items, last.items, strict=True))
    ]
    served = Served(str(last.pk), placement, entries, created_at=last.created_at)
    if model is None or not history.items:
        return served
    return with_reasons(served, storefront, vertical, model, live.catalogue, query, history, language)
