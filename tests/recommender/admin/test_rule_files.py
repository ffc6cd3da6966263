"""Rules as files: each row is written as the form would write it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from behaviour.models import Account, Membership
from recommender.models import AuditEntry, OperatorRule
from tests.catalog.admin.exchange.desk import Desk


@pytest.fixture
def desk(admin_client) -> Desk:
    return Desk(admin_client, "recommender_operatorrule")


@pytest.fixture
def rule(world) -> OperatorRule:
    return OperatorRule.objects.create(
        storefront=world.storefront,
        name="=No drama",
        kind="filter",
        condition='category = "Drama"',
        placements=["home", "search"],
        starts_at=datetime(2026, 3, 31, 12, 0, 0, 5, tzinfo=UTC),
        priority=-3,
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_was_exported_comes_back_and_changes_nothing(desk, cinema, rule, kind):
    outcome = desk.look(cinema, desk.fetch(cinema, kind)).context["outcome"]
    assert (outcome["refused"], outcome["changed"], outcome["unchanged_count"]) == ([], [], 1)


def test_a_row_with_a_number_changes_that_rule_and_one_without_makes_another(desk, cinema, rule):
    content = f'id,name,kind,condition\n{rule.pk},No drama,filter,"category = ""Drama"""\n,Short,filter,price < 5\n'
    desk.send(cinema, content, reason="Tidied up")
    rule.refresh_from_db()
    assert (rule.name, rule.priority, rule.placements) == ("No drama", -3, ["home", "search"])
    new = OperatorRule.objects.get(name="Short")
    assert (str(new.created_by), new.active) == ("admin", True)
    entries = {entry.action: entry for entry in AuditEntry.objects.all()}
    assert (entries["change"].before, entries["change"].reason) == ({"name": "=No drama"}, "Tidied up")
    assert entries["create"].subject_id == str(new.pk)
    assert entries["import rules"].after["new"] == 1


def test_looking_at_a_file_of_rules_writes_nothing(desk, cinema, rule):
    desk.look(cinema, f"id,active\n{rule.pk},false\n")
    rule.refresh_from_db()
    assert rule.active
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    ("row", "field", "sentence"),
    [
        (",A,filter,colour = 1,,,1", "condition", "There is no field"),
        (",A,hide,price < 5,,,1", "kind", "hide"),
        (",A,boost,price < 5,,,99", "amount", "at most 10"),
        (",A,filter,price < 5,nowhere,,1", "rule", "has no placement 'nowhere'"),
        (",A,filter,price < 5,,nobody,1", "rule", "There is no segment nobody"),
        (",,filter,price < 5,,,1", "name", "required"),
        ("x,A,filter,price < 5,,,1", "id", "the number of a rule"),
        ("99999999999999999999,A,filter,price < 5,,,1", "id", "the number of a rule"),
    ],
)
def test_a_rule_that_makes_no_sense_is_named_with_its_field(desk, cinema, world, row, field, sentence):
    page = desk.look(cinema, f"id,name,kind,condition,placements,segment,amount\n{row}\n")
    (refused,) = page.context["outcome"]["refused"]
    assert refused["place"] == 2
    assert refused["problems"][0][0] == field
    assert sentence in refused["problems"][0][1]
    assert not OperatorRule.objects.exists()


def test_a_new_rule_has_no_number_before_it_is_there(desk, cinema, world):
    page = desk.look(cinema, "name,kind,condition\nA,filter,price < 5\n")
    assert page.context["outcome"]["new"][0]["name"] == ""


def test_one_wrong_rule_keeps_the_others_out(desk, cinema, world):
    page = desk.look(cinema, "name,kind,condition\nA,filter,price < 5\nB,filter,colour = 1\n")
    assert page.context["agreement"] == ""
    assert not OperatorRule.objects.exists()


def test_another_storefronts_rule_cannot_be_reached_by_its_number(desk, cinema, shop, rule):
    (refused,) = desk.look(shop, f"id,active\n{rule.pk},false\n").context["outcome"]["refused"]
    assert {field for field, _say in refused["problems"]} == {"name", "kind", "condition"}
    content = f"id,name,kind,condition\n{rule.pk},Mine,filter,price < 5\n"
    (refused,) = desk.look(shop, content).context["outcome"]["refused"]
    assert refused["problems"] == [("id", f"There is no rule {rule.pk} in Shop. Leave the id empty to make a new one.")]


def test_a_viewer_takes_rules_out_and_brings_none(client, cinema, rule):
    viewer = Account.objects.create_user("viewer", password="test", is_staff=True)
    Membership.objects.create(account=viewer, storefront=cinema, role="viewer")
    client.force_login(viewer)
    desk = Desk(client, "recommender_operatorrule")
    assert b"'=No drama" in desk.fetch(cinema)
    assert desk.look(cinema, "name,kind,condition\nA,filter,price < 5\n").status_code == 403
