"""What each role may, by name."""

import pytest

from behaviour.roles import ROLES, Role, may, may_in


@pytest.mark.parametrize(
    ("permission", "roles"),
    [
        ("catalog.view_item", {"viewer", "merchandiser", "analyst", "data-scientist", "administrator"}),
        ("catalog.change_item", {"merchandiser", "administrator"}),
        ("behaviour.view_person", {"analyst", "data-scientist", "administrator"}),
        ("behaviour.delete_person", {"administrator"}),
        ("behaviour.view_privacyrequest", {"administrator"}),
        ("behaviour.change_privacyrequest", {"administrator"}),
        ("recommender.view_trainingrun", {"viewer", "merchandiser", "analyst", "data-scientist", "administrator"}),
        ("recommender.add_trainingrun", {"data-scientist", "administrator"}),
        ("recommender.add_deployment", {"data-scientist", "administrator"}),
        ("recommender.change_experiment", {"analyst", "data-scientist", "administrator"}),
        ("catalog.view_apikey", {"administrator"}),
        ("behaviour.add_membership", {"administrator"}),
        ("behaviour.view_membership", {"administrator"}),
        ("behaviour.change_account", set()),
        ("catalog.add_storefront", set()),
        ("auth.change_group", set()),
    ],
)
def test_a_role_may_what_its_work_needs(permission, roles):
    assert {role for role in ROLES if may(role, permission)} == roles


def test_a_role_that_is_none_has_nothing():
    assert not may("", "catalog.view_item")
    assert not may_in("", "catalog")


def test_pages_of_persons_are_closed_to_who_may_not_meet_them():
    assert not may_in(Role.VIEWER, "behaviour")
    assert may_in(Role.ANALYST, "behaviour")
    assert may_in(Role.VIEWER, "recommender")
