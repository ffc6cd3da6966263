"""An anonymous past becomes an account's; an account goes with all that it holds."""

import pytest
from django.utils import timezone

from behaviour.models import Account, Behaviour, Person
from behaviour.services import AccountError, account_erase, person_claim
from catalog.models import Storefront


@pytest.fixture
def ada(db) -> Account:
    return Account.objects.create_user("ada", password="a long enough one")


@pytest.fixture
def visitor(db) -> Person:
    storefront = Storefront.objects.create(slug="tiny", name="Tiny", vertical="video")
    return Person.objects.create(
        storefront=storefront, external_id="anonymous-1", anonymous=True, consents={"training": False}
    )


def act(person: Person, name: str) -> None:
    Behaviour.objects.create(
        storefront=person.storefront, person=person, kind="search", text=name, occurred_at=timezone.now(), event_id=name
    )


def test_the_first_past_becomes_the_accounts_as_it_is(ada, visitor):
    act(visitor, "a")
    person = person_claim(account=ada, person=visitor)
    assert person.pk == visitor.pk and person.account == ada and not person.anonymous
    assert person.consents == {"training": False}


def test_a_later_past_is_added_to_it(ada, visitor):
    first = person_claim(account=ada, person=visitor)
    act(first, "a")
    second = Person.objects.create(storefront=visitor.storefront, external_id="anonymous-2", anonymous=True)
    act(second, "b")
    assert person_claim(account=ada, person=second) == first
    assert set(first.behaviours.values_list("text", flat=True)) == {"a", "b"}
    assert not Person.objects.filter(pk=second.pk).exists()


def test_nobody_claims_a_person_who_is_known_by_name_or_is_anothers(ada, visitor):
    named = Person.objects.create(storefront=visitor.storefront, external_id="customer-7")
    with pytest.raises(AccountError, match="anonymous"):
        person_claim(account=ada, person=named)
    person_claim(account=ada, person=visitor)
    other = Account.objects.create_user("bo")
    with pytest.raises(AccountError):
        person_claim(account=other, person=visitor)


def test_claiming_twice_is_claiming_once(ada, visitor):
    person = person_claim(account=ada, person=visitor)
    assert person_claim(account=ada, person=person) == person


def test_an_account_goes_with_everything_in_every_storefront(ada, visitor):
    act(person_claim(account=ada, person=visitor), "a")
    elsewhere = Storefront.objects.create(slug="other", name="Other", vertical="news")
    Person.objects.create(storefront=elsewhere, external_id="x", account=ada)
    account_erase(account=ada)
    assert not Account.objects.exists() and not Person.objects.exists() and not Behaviour.objects.exists()


def test_an_operators_account_is_not_erased_from_a_storefront(ada):
    ada.is_staff = True
    ada.save()
    with pytest.raises(AccountError, match="operates"):
        account_erase(account=ada)
    assert Account.objects.filter(pk=ada.pk).exists()


def test_two_pages_that_claim_the_same_past_at_once_do_no_harm(ada, visitor):
    first = person_claim(account=ada, person=visitor)
    second = Person.objects.create(storefront=visitor.storefront, external_id="anonymous-2", anonymous=True)
    act(second, "b")
    read_by_both = [Person.objects.get(pk=second.pk) for _ in range(2)]
    assert [person_claim(account=ada, person=person) for person in read_by_both] == [first, first]


def test_the_first_past_is_claimed_by_two_pages_at_once(ada, visitor):
    read_by_both = [Person.objects.get(pk=visitor.pk) for _ in range(2)]
    assert [person_claim(account=ada, person=person) for person in read_by_both] == [visitor, visitor]


def test_somebody_who_was_erased_meanwhile_cannot_be_claimed(ada, visitor):
    stale = Person.objects.get(pk=visitor.pk)
    visitor.delete()
    with pytest.raises(AccountError, match="erased"):
        person_claim(account=ada, person=stale)
