"""Accounts of visitors: how an anonymous past becomes an account's, and how an account goes."""

from __future__ import annotations

from django.db import transaction

from behaviour.models import Account, Person, PrivacyRequest

from .persons import persons_merge
from .requests import person_erase


class AccountError(Exception):
    """It cannot be done with this account; the message says why."""


@transaction.atomic
def person_claim(*, account: Account, person: Person) -> Person:
    """An anonymous person turns out to be the account's owner. Returns who they are from now on.

    Where the account is nobody in this storefront yet, the anonymous person becomes theirs as it is; else what it did
    becomes what theirs did. Raises AccountError for a person who is known by name or belongs to another account.
    """
    if person.account_id == account.pk:
        return person
    # Two pages that somebody opens right after signing in both claim: the second waits here, and finds it done.
    Account.objects.select_for_update().get(pk=account.pk)
    own = Person.objects.filter(storefront=person.storefront_id, account=account).order_by("pk").first()
    person = Person.objects.select_for_update().filter(pk=person.pk).first() or own
    if person is None:
        raise AccountError("This person was erased a moment ago.")
    if person.account_id == account.pk:
        return person
    if not person.anonymous or person.account_id is not None:
        raise AccountError("Only what an anonymous visitor did can become an account's.")
    if own is not None:
        return persons_merge(source=person, target=own)
    person.account, person.anonymous = account, False
    person.save(update_fields=["account", "anonymous"])
    return person


def account_email_change(*, account: Account, email: str) -> None:
    """Hold this address from now on. Links in letters to the one before open nothing any more."""
    account.email = Account.objects.normalize_email(email)
    account.save(update_fields=["email"])


def account_email_forget(*, account: Account) -> None:
    """The address is held no longer; a forgotten password cannot be replaced from then on."""
    account.email = ""
    account.save(update_fields=["email"])


@transaction.atomic
def account_erase(*, account: Account) -> None:
    """The account and everything that is held of it in every storefront, gone for good.

    Raises AccountError for an operator's account: others depend on what an operator did.
    """
    if account.is_staff:
        raise AccountError("This account operates storefronts. Another operator can remove it in the admin.")
    for person in Person.objects.filter(account=account).select_related("storefront"):
        person_erase(person=person, came=PrivacyRequest.Came.STOREFRONT)
    account.delete()
