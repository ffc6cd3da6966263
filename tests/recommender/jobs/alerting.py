"""A rule about late data, events to be late, and a look at the rules: what tests of alerts begin with."""

from __future__ import annotations

from datetime import UTC, datetime

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender.jobs.alerts import alerts_check
from recommender.models import AlertRule

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)


def lag_rule(storefront, **values) -> AlertRule:
    given = {"kind": "lag", "threshold": 30, "channel": "email", "target": "ops@example.com"} | values
    return AlertRule.objects.create(storefront=storefront, **given)


def event(storefront, at: datetime) -> None:
    person, _ = Person.objects.get_or_create(storefront=storefront, external_id="ann")
    item, _ = Item.objects.get_or_create(storefront=storefront, external_id="mug", defaults={"title": "Mug"})
    row = Behaviour.objects.create(
        storefront=storefront, person=person, item=item, kind="view", occurred_at=at, event_id=f"{at:%d%H%M}"
    )
    Behaviour.objects.filter(pk=row.pk).update(received_at=at)


def check(storefront, now=NOW):
    return alerts_check(storefront_id=storefront.pk, now=now)
