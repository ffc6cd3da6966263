"""Every way to a list knows whom somebody does not want to see, and what they agreed to tell."""

import pytest

from behaviour.models import Person
from behaviour.services.ties import relationship_make
from catalog.models import Item, Storefront
from recommender.services import listed, recommend, search, similar


def ways(village, person) -> dict[str, set[str]]:
    """Authors whom each kind of list shows."""
    storefront = village.storefront
    anchor = Item.objects.get(storefront=storefront, external_id="by-fay")
    served = {
        "recommend": recommend(storefront=storefront, person=person, count=20),
        "search": search(storefront=storefront, person=person, words="post"),
        "similar": similar(storefront=storefront, person=person, item=anchor),
        "popular": listed(storefront=storefront, person=person, order="popular", placement="popular", count=20)[0],
        "new": listed(storefront=storefront, person=person, order="new", placement="new", count=20)[0],
    }
    return {way: {entry.item.attributes["author"] for entry in found.items} for way, found in served.items()}


@pytest.fixture
def one_group(village):
    """Everybody writes in the same group, so that without a model similar posts are those of the group."""
    Item.objects.update(categories=["Village"])
    return village


@pytest.mark.parametrize(
    ("source", "target", "kind"), [("me", "eve", "blocks"), ("me", "eve", "mutes"), ("eve", "me", "blocks")]
)
def test_what_a_hidden_author_wrote_is_in_no_list(one_group, source, target, kind):
    relationship_make(source=getattr(one_group, source), target=getattr(one_group, target), kind=kind)
    found = ways(one_group, one_group.me)
    assert all("eve" not in authors and "ada" in authors for authors in found.values()), found


def test_a_person_without_any_attribute_is_no_stranger_to_the_rule(one_group):
    plain = Person.objects.create(storefront=one_group.storefront, external_id="plain")
    relationship_make(source=plain, target=one_group.eve, kind="blocks")
    found = ways(one_group, plain)
    assert all("eve" not in authors and "ada" in authors for authors in found.values()), found


def test_somebody_else_still_sees_them(one_group):
    relationship_make(source=one_group.me, target=one_group.eve, kind="blocks")
    assert all("eve" in authors for authors in ways(one_group, one_group.bo).values())


def test_a_condition_keeps_items_away_only_where_it_may_be_used(db):
    clinic = Storefront.objects.create(slug="clinic", name="Clinic", vertical="health")
    for name, attributes in (
        ("safe", {}),
        ("declared", {"contraindications": ["asthma"]}),
        ("marked", {"contraindications": ["asthma"], "profile_required": True}),
    ):
        Item.objects.create(storefront=clinic, external_id=name, title=name, attributes=attributes)
    profile = {"age_group": "18_to_39", "conditions": ["asthma"], "allergies": []}
    person = Person.objects.create(storefront=clinic, external_id="p", attributes=profile)

    def shown() -> set[str]:
        return {entry.item.external_id for entry in recommend(storefront=clinic, person=person).items}

    assert shown() == {"safe"}  # what must not be used answers nothing, and no answer keeps it out
    person.consents = {"sensitive": True}
    assert shown() == {"safe"}
    person.attributes = {**profile, "conditions": []}
    assert shown() == {"safe", "declared", "marked"}
