import pytest

from behaviour.models import Person, Relationship
from behaviour.services.ties import BLOCKS, FOLLOWS, MUTES, TRUSTS, TieError, relationship_end, relationship_make


@pytest.fixture
def friend(storefront) -> Person:
    return Person.objects.create(storefront=storefront, external_id="jones")


def kinds() -> set[tuple[str, str, str]]:
    return set(Relationship.objects.values_list("source__external_id", "kind", "target__external_id"))


def test_following_twice_is_following_once(person, friend):
    relationship_make(source=person, target=friend, kind=FOLLOWS)
    relationship_make(source=person, target=friend, kind=FOLLOWS)
    assert kinds() == {("ripley", "follows", "jones")}
    assert Relationship.objects.get().storefront_id == person.storefront_id


def test_trust_can_grow(person, friend):
    relationship_make(source=person, target=friend, kind=TRUSTS, weight=0.4)
    relationship_make(source=person, target=friend, kind=TRUSTS, weight=0.9)
    assert Relationship.objects.get().weight == 0.9


def test_a_block_ends_nearer_ties_in_both_directions(person, friend):
    relationship_make(source=person, target=friend, kind=FOLLOWS)
    relationship_make(source=friend, target=person, kind=FOLLOWS)
    relationship_make(source=friend, target=person, kind=MUTES)
    relationship_make(source=person, target=friend, kind=BLOCKS)
    assert kinds() == {("ripley", "blocks", "jones"), ("jones", "mutes", "ripley")}


@pytest.mark.parametrize("blocker", [0, 1])
def test_while_a_block_stands_nobody_follows_the_other(person, friend, blocker):
    both = [person, friend]
    relationship_make(source=both[blocker], target=both[1 - blocker], kind=BLOCKS)
    with pytest.raises(TieError, match="has blocked the other"):
        relationship_make(source=person, target=friend, kind=FOLLOWS)


def test_a_mute_ends_nothing(person, friend):
    relationship_make(source=person, target=friend, kind=FOLLOWS)
    relationship_make(source=person, target=friend, kind=MUTES)
    assert kinds() == {("ripley", "follows", "jones"), ("ripley", "mutes", "jones")}


def test_a_tie_can_be_ended_once(person, friend):
    relationship_make(source=person, target=friend, kind=BLOCKS)
    assert relationship_end(source=person, target=friend, kind=BLOCKS)
    assert not relationship_end(source=person, target=friend, kind=BLOCKS)
    relationship_make(source=person, target=friend, kind=FOLLOWS)


def test_nobody_has_a_tie_to_themselves_or_to_another_storefront(person, other_storefront):
    stranger = Person.objects.create(storefront=other_storefront, external_id="ash")
    with pytest.raises(TieError, match="themselves"):
        relationship_make(source=person, target=person, kind=FOLLOWS)
    with pytest.raises(TieError, match="same storefront"):
        relationship_make(source=person, target=stranger, kind=FOLLOWS)
    with pytest.raises(TieError, match="above 0"):
        relationship_make(
            source=person,
            target=Person.objects.create(storefront=person.storefront, external_id="x"),
            kind=TRUSTS,
            weight=0,
        )
