from datetime import UTC, datetime, timedelta

import pytest

from behaviour.models import Behaviour, Person
from behaviour.services.ties import relationship_end, relationship_make
from recommender.services import ServiceError
from recommender.services.people import people_to_follow

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def names(village, **options) -> list[str]:
    found = people_to_follow(storefront=village.storefront, person=village.me, **options)
    return [entry.person.external_id for entry in found]


def like(village, author: str) -> None:
    Behaviour.objects.create(
        storefront=village.storefront,
        person=village.me,
        item=village.posts[author],
        kind="like",
        occurred_at=NOW - timedelta(days=1),
        event_id=f"like-{author}",
    )


class TestPeopleToFollow:
    def test_whom_several_of_ones_own_follow_comes_first_and_the_reason_says_so(self, village):
        found = people_to_follow(storefront=village.storefront, person=village.me, count=2)
        assert [entry.person.external_id for entry in found] == ["cleo", "dag"]
        assert found[0].reason == "Followed by Ada and 1 other you follow"
        assert found[1].reason == "Followed by Ada, whom you follow"
        assert [person.external_id for person in found[0].through] == ["ada", "bo"]

    def test_trust_puts_its_name_first(self, village):
        relationship_make(source=village.me, target=village.bo, kind="trusts", weight=0.9)
        found = people_to_follow(storefront=village.storefront, person=village.me, count=1)
        assert found[0].reason == "Followed by Bo and 1 other you follow"

    def test_nobody_who_is_followed_already_nor_oneself(self, village):
        assert not {"me", "ada", "bo"} & set(names(village, count=20))

    @pytest.mark.parametrize("kind", ["blocks", "mutes"])
    @pytest.mark.parametrize(("source", "target"), [("me", "cleo"), ("cleo", "me")])
    def test_nobody_where_either_side_has_blocked_or_muted_the_other(self, village, kind, source, target):
        ends = {"source": getattr(village, source), "target": getattr(village, target)}
        relationship_make(**ends, kind=kind)
        assert "cleo" not in names(village, count=20)
        relationship_end(**ends, kind=kind)
        assert "cleo" in names(village, count=20)

    def test_a_muted_friend_is_no_reason(self, village):
        relationship_make(source=village.me, target=village.ada, kind="mutes")
        found = people_to_follow(storefront=village.storefront, person=village.me, count=1)
        assert found[0].reason == "Followed by Bo, whom you follow"

    def test_interests_bring_up_somebody_whom_nobody_follows(self, village):
        like(village, "eve")
        found = people_to_follow(storefront=village.storefront, person=village.me, count=3)
        assert {entry.person.external_id: entry.reason for entry in found}["eve"] == (
            "Writes in Group of eve, which you have been reading"
        )

    def test_a_newcomer_sees_whom_most_people_follow(self, village):
        newcomer = Person.objects.create(storefront=village.storefront, external_id="new")
        found = people_to_follow(storefront=village.storefront, person=newcomer, count=2)
        assert (found[0].person, found[0].reason) == (village.cleo, "Followed by 2 people here")
        assert found[1].reason == "Followed by 1 person here"

    def test_without_personalisation_ones_own_ties_shape_nothing(self, village):
        village.me.consents = {"personalisation": False}
        village.me.save()
        found = people_to_follow(storefront=village.storefront, person=village.me, count=2)
        assert all("you" not in entry.reason for entry in found)

    def test_anonymous_visitors_are_never_suggested(self, village):
        Person.objects.filter(pk=village.cleo.pk).update(anonymous=True)
        assert "cleo" not in names(village, count=20)

    def test_a_vertical_without_authors_and_a_stranger_are_refused(self, village, cinema):
        visitor = Person.objects.create(storefront=cinema, external_id="v")
        with pytest.raises(ServiceError, match="no people to follow"):
            people_to_follow(storefront=cinema, person=visitor)
        with pytest.raises(ServiceError, match="belong to the storefront"):
            people_to_follow(storefront=village.storefront, person=visitor)


def test_asking_for_people_takes_few_queries(village, django_assert_max_num_queries):
    names(village, count=4)
    with django_assert_max_num_queries(12):
        names(village, count=4)
