"""The next page of a list that was served."""

from __future__ import annotations

from collections.abc import Iterable

from behaviour.models import Person
from catalog.models import Item, Storefront

from .. import selectors, serving
from .answers import Served, checked_count, installed_vertical, serve
from .makers import maker_of
from .pages import Page, left_of
from .questions import history_for, model_for, query_for
from .recommendations import with_reasons
from .refusals import without_topics
from .steering import steering_for


def page_next(
    *,
    storefront: Storefront,
    page: Page,
    count: int | None = None,
    person: Person | None = None,
    session: Iterable[int] = (),
    language: str = "en",
    reasons: bool = False,
) -> Served:
    """`count` more items of the ranking that `page` names, else as many as the first page has.

    Whatever people did since: nothing moves, nothing comes twice. Rules hold as they are now, and what was withdrawn
    or what the person has hidden since then stays out. Raises ServiceError for a count out of range.
    """
    vertical = installed_vertical(storefront)
    count = checked_count(count or len(page.first.items) or 1)
    live = serving.live(storefront)
    catalogue = live.catalogue
    history = history_for(storefront, person, session)
    query = query_for(catalogue, history, person, language=language, vertical=vertical)
    first = page.first
    pks, ranked = left_of(page)
    # Topics that were hidden before were asked for by name, where they are in the ranking at all.
    refused = selectors.refusals_of(storefront, person, topics_since=first.created_at)
    hidden = frozenset(refused.items) | _blocked(storefront, page)
    steering = steering_for(storefront, live, catalogue, first.placement, person, query.now)
    if steering or refused.topics:
        permitted = without_topics(catalogue, steering.permitted(len(catalogue)), refused.topics)
        rows = ((pk, catalogue.row_of.get(pk)) for pk in pks.tolist())
        # What this process has not read yet passes no filter either: nobody can say that it may be shown.
        hidden |= {pk for pk, row in rows if row is None or not permitted[row]}
    deployment, maker = first.deployment, maker_of(first)
    artifact = maker.artifact
    served = serve(
        storefront=storefront,
        vertical=vertical,
        ranked=ranked,
        pks=pks,
        query=query,
        count=count,
        placement=first.placement,
        person=person,
        fallback=first.fallback,
        deployment_id=deployment.pk if deployment else None,
        algorithm=artifact.algorithm if artifact else "",
        artifact_id=artifact.pk if artifact else None,
        degraded=first.context.get("degraded", []),
        # What comes of a later page comes of the arm that ordered it.
        arm_id=first.arm_id,
        page=page,
        hidden=hidden,
    )
    # Reasons are those of the model that made the ranking; without it, none are given.
    if not reasons or artifact is None or not history.items:
        return served
    model, _fallback = model_for(live, first.placement, artifact)
    if model is None:
        return served
    return with_reasons(served, storefront, vertical, model, catalogue, query, history, language)


def _blocked(storefront: Storefront, page: Page) -> frozenset[int]:
    """What must not stand beside the item of the page, where the list is one of what is similar to it."""
    about = page.first.context.get("item", "") if page.first.placement == "item" else ""
    if not about:
        return frozenset()
    pk = Item.objects.filter(storefront=storefront, external_id=about).values_list("pk", flat=True).first()
    return selectors.ties_of(pk).blocked if pk is not None else frozenset()
