"""Access / Privacy: what is due, what each store answered, and the buttons."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from behaviour.admin.requests import due_words
from behaviour.models import Account, Behaviour, Membership, Person, PrivacyRequest
from behaviour.services import person_erase, request_enter
from catalog.models import Item, Storefront
from recommender.models import Artifact, AuditEntry

LIST = reverse("admin:behaviour_privacyrequest_changelist")
ADD = reverse("admin:behaviour_privacyrequest_add")
Kind, State, Came = PrivacyRequest.Kind, PrivacyRequest.State, PrivacyRequest.Came
DAY = timedelta(days=1)


@pytest.fixture
def shop(db) -> Storefront:
    return Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")


@pytest.fixture
def ann(shop) -> Person:
    return Person.objects.create(storefront=shop, external_id="ann", attributes={"country": "NL"})


@pytest.fixture
def letter(ann):
    def entered(kind=Kind.ERASE, days_ago=0, **more) -> PrivacyRequest:
        came = timezone.now() - days_ago * DAY
        return request_enter(person=ann, kind=kind, came=Came.LETTER, received_at=came, **more)

    return entered


@pytest.fixture
def operator(client, shop):
    """Signs somebody in who has this role on the shop."""

    def signed_in(role: str, storefront: Storefront = shop):
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=storefront, role=role)
        client.force_login(account)
        return client

    return signed_in


def page(row: PrivacyRequest, name: str = "change") -> str:
    return reverse(f"admin:behaviour_privacyrequest_{name}", args=[row.pk])


def found(client, **query) -> list[int]:
    return [row.pk for row in client.get(LIST, query).context["cl"].result_list]


@pytest.mark.parametrize(
    ("left", "level", "words"),
    [
        (20 * DAY, "later", "in 20 days"),
        (6 * DAY, "soon", "in 6 days"),
        (timedelta(hours=5), "soon", "in 5 hours"),
        (-timedelta(hours=1), "overdue", "overdue by 1 hour"),
        (-2 * DAY, "overdue", "overdue by 2 days"),
    ],
)
def test_how_long_until_it_is_due_is_said_in_words_and_by_a_level(letter, left, level, words):
    row, now = letter(), timezone.now()
    row.due_at = now + left
    assert due_words(row, now) == (level, words)


def test_what_is_closed_says_whether_that_was_in_time(letter):
    row = letter(days_ago=40)
    row.state, row.done_at = State.DONE, timezone.now()
    assert due_words(row, timezone.now()) == ("overdue", "closed too late")
    row.done_at = row.due_at - DAY
    assert due_words(row, timezone.now()) == ("closed", "closed in time")


def test_the_list_is_narrowed_by_kind_way_and_state(admin_client, letter):
    late, young, export = letter(days_ago=31), letter(), letter(Kind.EXPORT)
    assert found(admin_client) == [export.pk, young.pk, late.pk]
    assert found(admin_client, state="overdue") == [late.pk]
    assert found(admin_client, kind__exact="export") == [export.pk]
    assert found(admin_client, came__exact="api") == []
    assert found(admin_client, storefront="shop", state="done") == []
    assert "overdue by 1 day" in admin_client.get(LIST).content.decode()


def test_somebody_is_found_by_their_id_also_when_they_are_erased(admin_client, shop, letter, ann):
    row = letter()
    other = Person.objects.create(storefront=shop, external_id="bob")
    request_enter(person=other, kind=Kind.EXPORT, came=Came.API)
    assert found(admin_client, q="ann") == [row.pk]
    person_erase(person=ann)
    assert found(admin_client, q="ann") == [row.pk]
    assert found(admin_client, q="nobody") == []


def test_more_requests_cost_no_more_queries(admin_client, shop, letter, django_assert_max_num_queries):
    for number in range(12):
        person = Person.objects.create(storefront=shop, external_id=f"p-{number}")
        request_enter(person=person, kind=Kind.EXPORT, came=Came.API)
    admin_client.get(LIST)
    with django_assert_max_num_queries(9):
        admin_client.get(LIST)


def test_the_page_of_one_costs_a_fixed_number_of_queries(admin_client, shop, ann, django_assert_max_num_queries):
    for number in range(12):
        Artifact.objects.create(storefront=shop, algorithm="ease", folder=f"shop/{number}")
    Behaviour.objects.create(
        storefront=shop,
        person=ann,
        kind="search",
        text="lamp",
        event_id="e",
        occurred_at=timezone.now(),
        received_at=timezone.now() - DAY,
    )
    row = person_erase(person=ann)
    assert "12 models may have learned" in admin_client.get(page(row)).content.decode()
    with django_assert_max_num_queries(22):
        admin_client.get(page(row))


def test_one_that_came_by_letter_is_entered_and_due_a_month_after_it(admin_client, shop, ann, admin_user):
    came = (timezone.now() - 3 * DAY).date()
    wish = {"storefront": shop.pk, "external_id": "ann", "kind": "object", "purposes": ["training"], "came": "letter"}
    response = admin_client.post(ADD, {**wish, "received_on": came.isoformat()})
    row = PrivacyRequest.objects.get()
    assert response.status_code == 302
    assert (row.person, row.kind, row.purposes, row.state) == (ann, Kind.OBJECT, ["training"], State.OPEN)
    assert (row.received_at.date(), row.due_at - row.received_at) == (came, 30 * DAY)
    entry = AuditEntry.objects.get()
    assert (entry.action, entry.actor) == ("enter a privacy request", admin_user)
    assert "ann" not in json.dumps([entry.subject_name, entry.after])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"external_id": "nobody"}, "external_id"),
        ({"received_on": (timezone.now() + 2 * DAY).date().isoformat()}, "received_on"),
        ({"kind": "object"}, "purposes"),
        ({"came": "storefront"}, "came"),
    ],
)
def test_a_letter_that_cannot_be_is_sent_back(admin_client, shop, ann, change, field):
    wish = {"storefront": shop.pk, "external_id": "ann", "kind": "erase", "came": "letter", "received_on": "2026-01-05"}
    response = admin_client.post(ADD, {**wish, **change})
    assert field in response.context["adminform"].form.errors
    assert not PrivacyRequest.objects.exists()


def test_erasing_by_letter_needs_the_id_and_leaves_a_receipt_of_each_store(admin_client, letter, ann):
    row = letter()
    assert admin_client.get(page(row, "carry_out")).status_code == 200
    admin_client.post(page(row, "carry_out"), {"external_id": "bob"})
    assert Person.objects.filter(pk=ann.pk).exists()
    admin_client.post(page(row, "carry_out"), {"external_id": "ann"})
    assert not Person.objects.exists()
    html = admin_client.get(page(row)).content.decode()
    for words in ("Database", "Trained models", "Item texts and vectors", "Caches", "Logs and audit log", "Persons: 1"):
        assert words in html, words
    assert "Carry out" not in html


def test_an_export_by_letter_is_a_file(admin_client, letter):
    row = letter(Kind.EXPORT)
    assert admin_client.get(page(row, "carry_out")).status_code == 200
    response = admin_client.post(page(row, "carry_out"))
    assert json.loads(response.content)["person"]["external_id"] == "ann"
    row.refresh_from_db()
    assert row.state == State.DONE


def test_an_objection_by_letter_holds(admin_client, letter, ann):
    admin_client.post(page(letter(Kind.OBJECT, purposes=["training"]), "carry_out"))
    ann.refresh_from_db()
    assert ann.consents == {"training": False}


def test_looking_at_the_question_does_nothing(admin_client, letter, ann):
    for kind, more in ((Kind.ERASE, {}), (Kind.EXPORT, {}), (Kind.OBJECT, {"purposes": ["training"]})):
        row = letter(kind, **more)
        admin_client.get(page(row, "carry_out"))
        admin_client.get(page(row, "refuse"))
        row.refresh_from_db()
        assert row.state == State.OPEN


def test_a_request_is_refused_with_a_reason(admin_client, letter):
    row = letter()
    assert "reason" in admin_client.post(page(row, "refuse"), {"reason": ""}).context["form"].errors
    admin_client.post(page(row, "refuse"), {"reason": "No proof of identity."})
    row.refresh_from_db()
    assert (row.state, row.reason) == (State.REFUSED, "No proof of identity.")
    assert "No proof of identity." in admin_client.get(page(row)).content.decode()


def test_what_was_answered_is_neither_written_over_nor_taken_out(admin_client, letter):
    row = letter()
    assert admin_client.post(page(row), {"state": "done"}).status_code == 403
    assert admin_client.post(page(row, "delete"), {"post": "yes"}).status_code == 403
    row.refresh_from_db()
    assert row.state == State.OPEN


def test_the_page_of_a_person_leads_to_the_receipt(admin_client, ann):
    response = admin_client.post(reverse("admin:behaviour_person_erase", args=[ann.pk]), {"external_id": "ann"})
    assert response.url == page(PrivacyRequest.objects.get())


@pytest.mark.parametrize("role", ["viewer", "merchandiser", "analyst", "data-scientist"])
def test_requests_are_for_administrators(operator, letter, role):
    row, client = letter(), operator(role)
    for address in (LIST, ADD, page(row), page(row, "carry_out"), page(row, "refuse")):
        assert client.get(address).status_code in (302, 403), address
    client.post(page(row, "carry_out"), {"external_id": "ann"})
    row.refresh_from_db()
    assert row.state == State.OPEN


def test_an_administrator_of_another_storefront_meets_none(operator, letter):
    zoo = Storefront.objects.create(slug="zoo", name="Zoo", vertical="video")
    row, client = letter(), operator("administrator", zoo)
    assert found(client) == []
    assert found(client, q="ann") == []
    for address in (page(row), page(row, "carry_out"), page(row, "refuse")):
        client.get(address)
        client.post(address, {"external_id": "ann", "reason": "x"})
    row.refresh_from_db()
    assert row.state == State.OPEN
    wish = {"storefront": row.storefront_id, "external_id": "ann", "kind": "erase", "came": "letter"}
    response = client.post(ADD, {**wish, "received_on": "2026-01-05"})
    assert "storefront" in response.context["adminform"].form.errors


def test_home_says_that_something_is_overdue(admin_client, shop, letter):
    Item.objects.create(storefront=shop, external_id="lamp", title="Lamp")  # Home begins with the first steps
    home = reverse("admin:index")
    letter()
    assert "overdue" not in admin_client.get(home).content.decode()
    letter(days_ago=31)
    html = admin_client.get(home).content.decode()
    assert "1 privacy request is overdue." in html
    assert f"{LIST}?state=overdue" in html


def test_home_says_nothing_of_it_to_who_may_not_look(operator, shop, letter):
    Item.objects.create(storefront=shop, external_id="lamp", title="Lamp")
    letter(days_ago=31)
    assert "overdue" not in operator("analyst").get(reverse("admin:index")).content.decode()
