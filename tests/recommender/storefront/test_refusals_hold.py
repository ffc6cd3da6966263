"""What somebody refused is in no shelf of any kind, in any vertical: a hard rule has no exceptions."""

from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest
from django.utils import timezone

from behaviour.kinds import HIDE_TOPIC
from behaviour.models import Behaviour, Person
from behaviour.services.ties import relationship_make
from catalog.models import Item, Storefront
from recommender import registry, serving
from recommender.jobs import training, training_run_execute
from recommender.services import training_run_create
from recommender.services.bundles import goes_with
from recommender.services.feeds import feed
from recommender.services.resuming import resume
from recommender.storefront.shelves import Home
from recommender.storefront.visitor import Visitor

VERTICALS = ("ecommerce", "news", "video", "social", "health")
HIDDEN, KEPT = "Hidden things", "Kept things"


def act(person: Person, item: Item | None, kind: str, name: str, days: float = 1, **fields) -> None:
    Behaviour.objects.create(
        storefront=person.storefront,
        person=person,
        item=item,
        kind=kind,
        event_id=f"{person.pk}-{name}",
        occurred_at=timezone.now() - timedelta(days=days),
        **fields,
    )


@pytest.fixture
def site(db, settings, tmp_path, monkeypatch, request) -> SimpleNamespace:
    """Twelve items of each of two topics that the same people like alike, a model of that, and one of these people."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr("recommender.storefront.shelves.LENGTH", 4)  # so that there is something for every shelf
    everything = "recommender.services.recommendations.tied"
    monkeypatch.setattr(everything, lambda model, catalogue, query, scores: np.ones(len(scores), dtype=bool))
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    storefront = Storefront.objects.create(slug="site", name="Site", vertical=request.param)
    agreed = {"personalisation": True, "sensitive": True, "training": True}
    items = [
        Item.objects.create(
            storefront=storefront,
            external_id=f"i{number}",
            title=f"Thing {number}",
            categories=["All", (HIDDEN, KEPT)[number % 2]],
            published_at=timezone.now() - timedelta(hours=number),
            attributes={"author": f"writer-{number % 4}"} if request.param == "social" else {},
        )
        for number in range(24)
    ]
    people = [Person.objects.create(storefront=storefront, external_id=f"p{n}", consents=agreed) for n in range(16)]
    for number, person in enumerate(people):
        for step in range(8):
            act(person, items[(3 * number + step) % 24], "like" if request.param != "news" else "follow", str(step), 2)
    me = Person.objects.create(storefront=storefront, external_id="me", consents=agreed)
    me.storefront = storefront
    kind = registry.vertical(request.param).kinds[0].name  # a look
    for number in (1, 3, 0):
        act(me, items[number], kind, f"look-{number}", 0.1 + number / 100)
    run = training_run_create(storefront=storefront, algorithm="ease", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None
    serving.forget()
    return SimpleNamespace(storefront=storefront, items=items, me=me)


def shelves_of(site) -> dict[str, list[Item]]:
    built = Home(Visitor(site.storefront, site.me), "en", record=False).build()
    return {shelf.slug: [card.item for card in shelf.cards] for shelf in built}


@pytest.mark.parametrize("site", VERTICALS, indirect=True)
def test_a_hidden_topic_is_in_no_shelf_of_a_home(site):
    before = shelves_of(site)
    assert any(HIDDEN in item.categories for items in before.values() for item in items)
    act(site.me, None, HIDE_TOPIC, "topic", 0, text=HIDDEN)
    after = shelves_of(site)
    assert "because" in after
    for slug, items in after.items():
        assert items and not [item for item in items if HIDDEN in item.categories], slug


@pytest.mark.parametrize("site", VERTICALS, indirect=True)
def test_no_heading_names_something_of_a_hidden_topic(site):
    act(site.me, None, HIDE_TOPIC, "topic", 0, text=HIDDEN)
    built = Home(Visitor(site.storefront, site.me), "en", record=False).build()
    assert not [shelf.heading for shelf in built if "Thing 0" in shelf.heading or HIDDEN in shelf.heading]


@pytest.mark.parametrize("site", ["social"], indirect=True)
@pytest.mark.parametrize("tie", ["mutes", "blocks"])
def test_what_a_muted_or_blocked_person_wrote_is_in_no_shelf(site, tie):
    writer = Person.objects.create(storefront=site.storefront, external_id="writer-1")
    assert any(item.attributes["author"] == "writer-1" for items in shelves_of(site).values() for item in items)
    relationship_make(source=site.me, target=writer, kind=tie)
    after = shelves_of(site)
    assert "because" in after
    for slug, items in after.items():
        assert not [item for item in items if item.attributes["author"] == "writer-1"], slug


@pytest.mark.parametrize("site", ["health"], indirect=True)
def test_what_does_not_suit_somebody_is_in_no_shelf_that_names_a_reason(site):
    Item.objects.filter(external_id__in=["i5", "i7"]).update(attributes={"allergens": ["milk"]})
    site.me.attributes = {"allergies": ["milk"]}
    site.me.save()
    serving.forget()
    shown = {item.external_id for items in shelves_of(site).values() for item in items}
    assert shown and not shown & {"i5", "i7"}


@pytest.mark.parametrize("site", ["video"], indirect=True)
def test_nothing_of_a_hidden_topic_is_gone_on_with(site):
    act(site.me, site.items[0], "watch", "half", 0, value=0.5)
    act(site.me, site.items[1], "watch", "half-too", 0, value=0.5)
    act(site.me, None, HIDE_TOPIC, "topic", 0, text=HIDDEN)
    served = resume(storefront=site.storefront, person=site.me, record=False).served
    assert [entry.item.title for entry in served.items] == ["Thing 1"]


@pytest.mark.parametrize("site", ["ecommerce"], indirect=True)
def test_nothing_of_a_hidden_topic_goes_with_an_item(site):
    for person in site.storefront.persons.filter(external_id__in=["p0", "p1", "p2"]):
        for number in (1, 2, 5):
            act(person, site.items[number], "purchase", f"buy-{number}")
    act(site.me, None, HIDE_TOPIC, "topic", 0, text=HIDDEN)
    served = goes_with(storefront=site.storefront, items=[site.items[1]], count=5, person=site.me, record=False)
    assert [entry.item.title for entry in served.items] == ["Thing 5"]


@pytest.mark.parametrize("site", ["news"], indirect=True)
def test_nothing_of_a_hidden_topic_is_in_a_feed_unless_it_was_asked_for(site):
    act(site.me, None, HIDE_TOPIC, "topic", 0, text=HIDDEN)
    options = {"storefront": site.storefront, "person": site.me, "placement": "story", "record": False, "count": 24}
    served = feed(wanted=lambda *_: True, **options)
    assert served.items and not [entry for entry in served.items if HIDDEN in entry.item.categories]
    asked = feed(wanted=lambda *_: True, asked_for=True, **options)
    assert [entry for entry in asked.items if HIDDEN in entry.item.categories]
