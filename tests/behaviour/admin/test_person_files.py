"""Persons as files: what leaves, who is told of it, and what consent allows on the way back."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from behaviour.models import Account, Consent, Membership, Person
from behaviour.services import person_erase
from catalog.models import Storefront
from recommender.models import AuditEntry
from tests.catalog.admin.exchange.desk import Desk


@pytest.fixture
def portal(db) -> Storefront:
    return Storefront.objects.create(slug="wellspring", name="Wellspring", vertical="health")


@pytest.fixture
def ann(portal) -> Person:
    person = Person.objects.create(
        storefront=portal,
        external_id="ann",
        attributes={"conditions": ["asthma", "=1+1"]},
        consents={"sensitive": True, "personalisation": True},
        metadata={"tier": "gold"},
    )
    for purpose in person.consents:
        Consent.objects.create(storefront=portal, person=person, purpose=purpose, granted=True, version="1")
    return person


@pytest.fixture
def desk(admin_client) -> Desk:
    return Desk(admin_client, "behaviour_person")


@pytest.fixture
def desk_of(client, portal):
    def made(role: str) -> Desk:
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=portal, role=role)
        client.force_login(account)
        return Desk(client, "behaviour_person")

    return made


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_was_exported_comes_back_and_changes_nothing(desk, portal, ann, kind):
    outcome = desk.look(portal, desk.fetch(portal, kind)).context["outcome"]
    assert (outcome["refused"], outcome["changed"], outcome["unchanged_count"]) == ([], [], 1)


def test_an_export_of_persons_is_in_the_log_without_their_ids(desk, portal, ann):
    desk.fetch(portal, q="ann")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor_name, entry.after["rows"]) == ("export persons", "admin", 1)
    assert "ann" not in json.dumps([entry.after, entry.subject_name])


def test_the_file_of_one_person_is_in_the_log_by_their_key(admin_client, portal, ann):
    admin_client.get(reverse("admin:behaviour_person_export", args=[ann.pk]))
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.after) == (
        "export a person",
        {"kind": "export", "came": "operator", "subject_key": str(ann.subject_key)},
    )


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_what_is_sensitive_does_not_leave_with_an_analyst(desk_of, portal, ann, kind):
    written = desk_of("analyst").fetch(portal, kind).decode()
    assert "ann" in written
    assert "asthma" not in written
    assert "conditions" not in written


def test_an_administrator_of_the_storefront_gets_it(desk_of, portal, ann):
    assert "asthma" in desk_of("administrator").fetch(portal).decode()


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("merchandiser", 403), ("analyst", 200)])
def test_roles_that_do_not_see_persons_take_no_file_of_them(desk_of, portal, ann, role, status):
    desk = desk_of(role)
    assert desk.client.post(desk.pages["export"], {"storefront": "wellspring", "kind": "csv"}).status_code == status
    assert desk.look(portal, "external_id\nbob\n").status_code == 403


def test_a_file_without_what_is_sensitive_leaves_it_as_it_is(desk, desk_of, portal, ann):
    content = desk_of("analyst").fetch(portal).replace(b"gold", b"blue")
    desk.send(portal, content)
    ann.refresh_from_db()
    assert ann.metadata == {"tier": "blue"}
    assert ann.attributes["conditions"] == ["asthma", "=1+1"]


def test_something_sensitive_without_consent_is_refused(desk, portal, ann):
    (refused,) = desk.look(portal, "external_id,attributes.conditions\nbob,asthma\n").context["outcome"]["refused"]
    assert (refused["place"], refused["name"], refused["problems"][0][0]) == (2, "bob", "attributes.conditions")
    assert "agreed" in refused["problems"][0][1]
    assert not Person.objects.filter(external_id="bob").exists()


@pytest.mark.parametrize("whole", [False, True])
def test_with_a_consent_that_is_taken_back_goes_what_was_kept_on_its_strength(desk, portal, ann, whole):
    if whole:
        content = desk.fetch(portal).decode().replace('""sensitive"": true', '""sensitive"": false')
    else:
        content = 'external_id,consents\nann,"{""sensitive"": false, ""personalisation"": true}"\n'
    desk.send(portal, content)
    ann.refresh_from_db()
    assert ann.attributes == {}
    assert list(Consent.objects.filter(purpose="sensitive").values_list("granted", flat=True)) == [True, False]


def test_an_import_is_in_the_log_by_numbers_alone(desk, portal, ann):
    desk.send(portal, 'external_id,metadata\nann,"{""tier"": ""blue""}"\nbob,\n', reason="From the shop")
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.reason) == ("import persons", "From the shop")
    assert (entry.after["new"], entry.after["changed"]) == (1, 1)
    assert "bob" not in json.dumps(entry.after)


def test_a_row_of_somebody_who_was_erased_is_refused(desk, portal, ann):
    content = desk.fetch(portal)
    person_erase(person=ann)
    (refused,) = desk.look(portal, content).context["outcome"]["refused"]
    assert (refused["name"], refused["problems"][0][0]) == ("ann", "external_id")
    assert "erased" in refused["problems"][0][1]
    assert not Person.objects.exists()
