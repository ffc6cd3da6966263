"""Operators' rules from the row to the served list."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from behaviour.models import Person
from catalog.models import Item, Storefront
from recommender.evaluation import item_sets
from recommender.models import AuditEntry, OperatorRule, Segment
from recommender.services import ServiceError, listed, recommend, search, similar
from recommender.services.rules import (
    persons_sampled,
    rule_change,
    rule_conflicts,
    rule_create,
    rule_delete,
    rule_preview,
    rule_touched,
)


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


@pytest.fixture
def rule_of(live, look_again):
    """A rule that holds from the next request on."""

    def made(kind="filter", condition='category = "Drama"', **values) -> OperatorRule:
        values.setdefault("name", f"{kind} {condition}")
        rule = rule_create(storefront=live.storefront, values={"kind": kind, "condition": condition, **values})
        look_again(live.storefront)
        return rule

    return made


def test_a_filter_holds_everywhere(live, rule_of):
    rule_of()
    person = live.persons[0]
    assert {e.item.categories[0] for e in recommend(storefront=live.storefront, person=person).items} == {"Comedy"}
    found = similar(storefront=live.storefront, item=live.dramas[0])
    assert {e.item.categories[0] for e in found.items} <= {"Comedy"}
    assert not [e for e in search(storefront=live.storefront, words="Drama 1").items if e.item in live.dramas]
    page, total = listed(storefront=live.storefront, order="popular", placement="popular", count=20)
    assert {e.item.categories[0] for e in page.items} == {"Comedy"}
    assert total == 10


def test_a_pin_leaves_a_search_alone_unless_it_names_it(live, rule_of, look_again):
    rule = rule_of("pin", 'id = "film-15"', position=1)
    assert ids(recommend(storefront=live.storefront, person=live.persons[0]))[0] == "film-15"
    assert "film-15" not in ids(search(storefront=live.storefront, words="Drama 1"))[:1]
    rule_change(rule=rule, values={"placements": ["search"]})
    look_again(live.storefront)
    assert ids(search(storefront=live.storefront, words="Comedy"))[0] == "film-15"
    assert ids(recommend(storefront=live.storefront, person=live.persons[0]))[0] != "film-15"


def test_a_picked_item_says_who_picked_it(live, rule_of):
    rule_of("pin", 'id = "film-15"', position=1)
    served = recommend(storefront=live.storefront, person=live.persons[0], reasons=True)
    assert (served.items[0].source, served.items[0].reason) == ("rule", "Picked by Cinema")


@pytest.mark.parametrize("days, holds", [((-2, -1), False), ((-1, 1), True), ((1, 2), False)])
def test_a_rule_holds_between_its_dates(live, rule_of, days, holds):
    starts, ends = (timezone.now() + timedelta(days=day) for day in days)
    rule_of("pin", 'id = "film-15"', starts_at=starts, ends_at=ends)
    assert (ids(recommend(storefront=live.storefront, person=live.persons[0]))[0] == "film-15") is holds


def test_a_rule_of_another_storefront_changes_nothing(live, look_again):
    other = Storefront.objects.create(slug="other", name="Other", vertical="video")
    rule_create(storefront=other, values={"name": "x", "kind": "filter", "condition": 'category = "Drama"'})
    look_again(live.storefront)
    assert recommend(storefront=live.storefront, person=live.persons[0], count=4).items


@pytest.fixture
def regulars(live) -> Segment:
    """Whoever rated something: the first forty persons."""
    return Segment.objects.create(
        storefront=live.storefront, slug="regulars", name="Regulars", condition="rating_365d > 0"
    )


def test_a_rule_of_a_segment_holds_for_its_members_alone(live, rule_of, regulars):
    rule_of("pin", 'id = "film-15"', segment="regulars")
    newcomer = Person.objects.create(storefront=live.storefront, external_id="newcomer")
    assert ids(recommend(storefront=live.storefront, person=live.persons[0]))[0] == "film-15"
    assert ids(recommend(storefront=live.storefront, person=newcomer))[0] != "film-15"
    assert ids(recommend(storefront=live.storefront))[0] != "film-15"


def test_a_filter_of_a_segment_holds_for_those_whom_nobody_may_tell(live, rule_of, regulars):
    rule_of(segment="regulars")
    stranger = Person.objects.create(
        storefront=live.storefront, external_id="stranger", consents={"personalisation": False}
    )
    served = recommend(storefront=live.storefront, person=stranger)
    assert {e.item.categories[0] for e in served.items} == {"Comedy"}


@pytest.mark.parametrize("change", [{"active": False}, {"condition": "gone_attribute > 1"}])
def test_where_a_segment_is_gone_its_filters_hold_for_everybody_and_nothing_else_does(live, rule_of, regulars, change):
    rule_of(segment="regulars")
    rule_of("pin", 'id = "film-15"', segment="regulars", position=1)
    Segment.objects.filter(pk=regulars.pk).update(**change)
    newcomer = Person.objects.create(storefront=live.storefront, external_id="newcomer")
    for person in (live.persons[0], newcomer, None):
        served = recommend(storefront=live.storefront, person=person)
        assert {e.item.categories[0] for e in served.items} == {"Comedy"}
        assert not [e for e in served.items if e.source == "rule"]


def test_a_pin_of_a_segment_holds_for_nobody_who_refuses(live, rule_of, regulars):
    rule_of("pin", 'id = "film-15"', segment="regulars", position=1)
    Person.objects.filter(pk=live.persons[0].pk).update(consents={"personalisation": False})
    live.persons[0].refresh_from_db()
    served = recommend(storefront=live.storefront, person=live.persons[0])
    assert not [e for e in served.items if e.source == "rule"]


def test_a_segment_that_is_none_is_refused(live):
    with pytest.raises(ServiceError, match="no segment"):
        rule_create(
            storefront=live.storefront,
            values={"name": "x", "kind": "filter", "condition": "price > 1", "segment": "nobody"},
        )


def test_a_filter_whose_condition_can_no_longer_be_read_shows_nothing(live, rule_of, look_again):
    rule = rule_of()
    OperatorRule.objects.filter(pk=rule.pk).update(condition='colour = "red"', updated_at=timezone.now())
    look_again(live.storefront)
    assert recommend(storefront=live.storefront, person=live.persons[0]).items == []


@pytest.mark.parametrize("what", ["withdrawn", "expired", "deleted"])
def test_a_pin_never_brings_back_what_is_gone_since_the_last_look(live, rule_of, what):
    rule_of("pin", 'id = "film-15"', position=1)
    item = Item.objects.filter(external_id="film-15")
    if what == "deleted":
        item.delete()
    else:
        item.update(**({"withdrawn": True} if what == "withdrawn" else {"available_until": timezone.now()}))
    assert "film-15" not in ids(recommend(storefront=live.storefront, person=live.persons[0]))


def test_a_pin_never_brings_back_what_somebody_has_hidden(live, rule_of):
    from behaviour.services import behaviours_record

    rule_of("pin", 'id = "film-15"', position=1)
    event = {"event_id": "h", "person": "person-0", "item": "film-15", "kind": "hide"}
    report = behaviours_record(
        storefront=live.storefront, records=[{**event, "occurred_at": timezone.now().isoformat()}]
    )
    assert report.accepted == 1, report
    assert "film-15" not in ids(recommend(storefront=live.storefront, person=live.persons[0]))
    assert "film-15" in ids(recommend(storefront=live.storefront, person=live.persons[2]))


def test_a_pin_never_shows_what_is_out_of_stock(shop, look_again):
    items = [
        Item.objects.create(storefront=shop, external_id=f"mug-{n}", title=f"Mug {n}", attributes={"stock": n})
        for n in range(3)
    ]
    rule_create(
        storefront=shop, values={"name": "p", "kind": "pin", "condition": 'id in ("mug-0", "mug-2")', "amount": 2}
    )
    assert ids(recommend(storefront=shop))[0] == items[2].external_id
    assert "mug-0" not in ids(recommend(storefront=shop))


def test_a_pin_never_shows_the_post_of_somebody_who_is_blocked(village):
    from behaviour.services.ties import relationship_make

    relationship_make(source=village.me, target=village.eve, kind="blocks")
    values = {"name": "p", "kind": "pin", "condition": 'id in ("by-eve", "by-fay")', "amount": 2}
    rule_create(storefront=village.storefront, values=values)
    shown = ids(recommend(storefront=village.storefront, person=village.me))
    assert shown[0] == "by-fay"
    assert "by-eve" not in shown


def test_a_pin_shapes_nothing_by_the_past_of_who_refused_and_shows_nothing_more(live, rule_of):
    rule_of("pin", 'category = "Comedy"', amount=2)
    person = live.persons[0]
    Person.objects.filter(pk=person.pk).update(consents={"personalisation": False})
    person.refresh_from_db()
    served = recommend(storefront=live.storefront, person=person)
    assert served.fallback == "cold_person"
    assert not {f"film-{n}" for n in range(6)} & set(ids(served))


@pytest.mark.parametrize(
    "kind, condition, more",
    [
        ("pin", 'id in ("film-15", "film-16")', {"amount": 2, "position": 2}),
        ("boost", 'category = "Comedy"', {"amount": 3}),
        ("filter", 'id = "film-8"', {}),
        ("cap", 'category = "Drama"', {"amount": 1}),
        ("quota", 'category = "Comedy"', {"amount": 3}),
    ],
)
def test_the_preview_is_what_is_then_served_to_a_hundred_persons(live, look_again, kind, condition, more):
    storefront = live.storefront
    Person.objects.bulk_create(Person(storefront=storefront, external_id=f"new-{n}") for n in range(60))
    persons = list(Person.objects.filter(storefront=storefront).order_by("pk"))
    assert len(persons) == 100
    draft = OperatorRule(storefront=storefront, name="draft", kind=kind, condition=condition, **more)
    previews = rule_preview(rule=draft, placement="home", persons=persons, count=6)
    values = {"name": "draft", "kind": kind, "condition": condition, **more}
    rule_create(storefront=storefront, values=values)
    look_again(storefront)
    served = [recommend(storefront=storefront, person=person, count=6) for person in persons]
    assert [ids(preview.after) for preview in previews] == [ids(one) for one in served]
    assert any(preview.changed for preview in previews)


def test_the_preview_of_a_saved_rule_leaves_it_out_before(live, rule_of):
    rule = rule_of("pin", 'id = "film-15"', position=1)
    [preview] = rule_preview(rule=rule, placement="home", persons=[live.persons[0]])
    assert ids(preview.before)[0] != "film-15"
    assert ids(preview.after)[0] == "film-15"


def test_a_rule_says_how_many_items_it_touches(live, rule_of):
    rule = rule_of()
    Item.objects.filter(external_id="film-0").update(withdrawn=True, updated_at=timezone.now())
    from recommender import serving

    serving.live(live.storefront)._looked_at = float("-inf")
    touched = rule_touched(rule)
    assert (touched.items, touched.available) == (10, 9)


@pytest.mark.parametrize(
    "own, other, says",
    [
        (("pin", 'id = "film-1"', {}), ("pin", 'id = "film-2"', {}), "Both want place 1"),
        (("filter", 'category = "Drama"', {}), ("pin", 'id = "film-2"', {}), "hides 1 item "),
        (("boost", 'category = "Drama"', {}), ("bury", 'id = "film-2"', {}), "pulls the other way on 1 item:"),
        (("quota", 'id = "film-2"', {"amount": 3}), ("cap", 'category = "Drama"', {"amount": 1}), "allows 1"),
    ],
)
def test_rules_that_pull_against_each_other_are_named(live, rule_of, own, other, says):
    rule_of(other[0], other[1], **other[2])
    draft = OperatorRule(storefront=live.storefront, name="own", kind=own[0], condition=own[1], **own[2])
    [conflict] = rule_conflicts(draft)
    assert says in conflict.sentence


@pytest.mark.parametrize("apart", [{"placements": ["item"]}, {"segment": "others"}, {"ends_at": "yesterday"}])
def test_rules_that_never_hold_together_do_not_conflict(live, rule_of, apart):
    Segment.objects.create(storefront=live.storefront, slug="others", name="Others", condition="rating_365d > 0")
    if "ends_at" in apart:
        apart = {"ends_at": timezone.now() - timedelta(days=1)}
    rule_of("pin", 'id = "film-2"', **apart)
    draft = OperatorRule(
        storefront=live.storefront,
        name="own",
        kind="pin",
        condition='id = "film-1"',
        placements=["home"],
        segment="some",
        starts_at=timezone.now(),
    )
    assert rule_conflicts(draft) == []


@pytest.mark.parametrize(
    "values, field",
    [
        ({"condition": "colour = 1"}, "condition"),
        ({"kind": "boost", "amount": 0}, "amount"),
        ({"kind": "pin", "amount": 1.5}, "amount"),
        ({"kind": "pin", "position": 101}, "position"),
        ({"kind": "loud"}, "kind"),
    ],
)
def test_a_rule_that_makes_no_sense_says_what_is_wrong(cinema, values, field):
    with pytest.raises(ValidationError) as error:
        rule_create(
            storefront=cinema, values={"name": "x", "kind": "filter", "condition": 'category = "Drama"'} | values
        )
    assert field in error.value.message_dict


def test_a_placement_that_is_none_is_refused(cinema):
    with pytest.raises(ServiceError, match="no placement 'attic'"):
        rule_create(
            storefront=cinema, values={"name": "x", "kind": "filter", "condition": "price > 1", "placements": ["attic"]}
        )


def test_every_change_is_in_the_log_with_before_and_after(live, rule_of):
    rule = rule_of("boost", amount=1)
    rule_change(rule=rule, values={"amount": 2.0}, reason="Too weak")
    rule_change(rule=rule, values={"amount": 2.0})
    rule_delete(rule=rule)
    entries = AuditEntry.objects.filter(subject="operatorrule").order_by("id")
    said = [(e.action, e.before, e.after, e.reason) for e in entries]
    assert [one[0] for one in said] == ["create", "change", "delete"]
    assert said[1] == ("change", {"amount": 1.0}, {"amount": 2.0}, "Too weak")
    assert said[2][1]["name"] == rule.name


def test_a_rule_for_a_segment_is_tried_on_its_members(live):
    chosen = [person.pk for person in live.persons[1:3]]
    Segment.objects.create(
        storefront=live.storefront, slug="few", name="Few", condition="known = true", members=item_sets.pack(chosen)
    )
    assert {person.pk for person in persons_sampled(live.storefront, seed=3, segment="few")} == set(chosen)
    assert len(persons_sampled(live.storefront, seed=3, segment="gone")) == 3


def test_the_same_seed_draws_the_same_persons(live):
    drawn = [persons_sampled(live.storefront, seed=7) for _ in range(2)]
    assert drawn[0] == drawn[1]
    assert len(drawn[0]) == 3
