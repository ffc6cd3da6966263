"""Who looks at a storefront, and what they looked at.

Looking around makes nobody a row: until somebody acts, their few last views live in a signed cookie of this
storefront alone. The first action makes them an anonymous Person and turns those views into behaviours.
"""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import get_language

from behaviour.kinds import consent_first, kinds_for
from behaviour.models import Account, Person
from behaviour.services import behaviours_record, person_claim, person_get_or_create
from catalog.models import Item, Storefront
from catalog.schema import say

from .. import registry, selectors
from .facts import fact, is_told

PERSON_COOKIE = "kindred_person"
VIEWS_COOKIE = "kindred_views"
YEAR = 365 * 24 * 3600
SESSION = 4 * 3600  # seconds for which a view says what somebody is after today
VIEWS_KEPT = 12
SAME_VIEW = 1800  # seconds within which looking again is the same look

_ROBOT = re.compile(r"bot|crawl|spider|slurp|preview|fetch|monitor|^$", re.IGNORECASE)


@dataclass(frozen=True)
class View:
    """An item looked at by somebody who is not a Person yet."""

    item: int  # primary key
    at: int  # seconds since 1970
    recommendation: str = ""


@dataclass
class Visitor:
    """`person` is None until somebody acts; `label` is set while an operator browses as a demo person."""

    storefront: Storefront
    person: Person | None = None
    label: str = ""
    account: Account | None = None
    views: list[View] = field(default_factory=list)  # oldest first

    @property
    def session(self) -> list[int]:
        """Primary keys of items just looked at, oldest first: what `services.recommend` wants to know."""
        return [view.item for view in self.views]

    @cached_property
    def personalised(self) -> bool:
        """Whether what the visitor does shapes what they see: said on every page."""
        if self.person is not None:
            return selectors.personalised(self.storefront, self.person)
        return not registry.vertical(self.storefront.vertical).consent_required


def visitor_of(request: HttpRequest, storefront: Storefront) -> Visitor:
    """Whoever the session (browse-as) or the signed cookie says; nobody in particular otherwise."""
    if (chosen := request.session.get(_browse_key(storefront))) and (
        offered := browse_as_offered(storefront).get(chosen)
    ):
        person = Person.objects.filter(storefront=storefront, external_id=chosen).first()
        if person is not None:
            return Visitor(storefront, person, offered)
    account = request.user if request.user.is_authenticated else None
    person = _of_cookie(request, storefront)
    if account is not None:
        if person is not None:  # signed in elsewhere, with a past here
            person = person_claim(account=account, person=person)
        else:
            person = Person.objects.filter(storefront=storefront, account=account).order_by("pk").first()
    if person is not None:
        return Visitor(storefront, person, account=account)
    rows = _signed(request, VIEWS_COOKIE, storefront, SESSION) or []
    return Visitor(storefront, account=account, views=[View(*row) for row in rows])


def _of_cookie(request: HttpRequest, storefront: Storefront) -> Person | None:
    external_id = _signed(request, PERSON_COOKIE, storefront, YEAR)
    if not external_id:
        return None
    # Whoever has an account by now is found by signing in, and by nobody else.
    rows = Person.objects.filter(storefront=storefront, external_id=external_id, anonymous=True, account=None)
    return rows.first()


def visitor_becomes_person(visitor: Visitor) -> Person:
    """The visitor's Person, made now if need be, with what they looked at before."""
    if visitor.person is None:
        external_id = f"anonymous-{secrets.token_urlsafe(16)}"
        visitor.person = person_get_or_create(storefront=visitor.storefront, external_id=external_id, anonymous=True)
        if visitor.account is not None:
            visitor.person = person_claim(account=visitor.account, person=visitor.person)
        visitor.__dict__.pop("personalised", None)
        _views_record(visitor)
    return visitor.person


def view_record(request: HttpRequest, visitor: Visitor, item: Item, recommendation: str) -> None:
    """Remember that the item was looked at; robots and prefetching browsers look at nothing."""
    if not is_looking(request) or "view" not in kinds_for(visitor.storefront.vertical):
        return
    if not may_be_remembered(visitor):
        return
    now = int(time.time())
    if visitor.person is None:
        views = [view for view in visitor.views if view.item != item.pk]
        visitor.views = [*views, View(item.pk, now, recommendation)][-VIEWS_KEPT:]
        return
    event_id = f"storefront-view:{visitor.person.pk}:{item.pk}:{recommendation or now // SAME_VIEW}"
    if is_told(visitor.storefront, event_id):
        return
    behaviours_record(
        storefront=visitor.storefront,
        records=[fact(visitor.person, item.external_id, "view", event_id, recommendation=recommendation)],
    )


def opened(visitor: Visitor) -> list[int]:
    """Primary keys of what somebody who is no Person yet opened, where to open something is to have seen it."""
    view = kinds_for(visitor.storefront.vertical).get("view")
    return visitor.session if view is not None and view.seen else []


def may_be_remembered(visitor: Visitor) -> bool:
    """Whether what somebody merely opens or searches for may be kept: where consent comes first, not before it."""
    if not consent_first(visitor.storefront.vertical):
        return True
    return visitor.person is not None and visitor.person.consents.get("personalisation") is True


def visitor_remember(response: HttpResponse, visitor: Visitor) -> None:
    """Set or drop the cookies that make `visitor_of` find the same visitor again."""
    if visitor.label:
        return
    path = _path(visitor.storefront)
    options = {
        "path": path,
        "httponly": True,
        "samesite": "Lax",
        "secure": settings.SESSION_COOKIE_SECURE,
    }
    if visitor.person is not None and visitor.person.account_id is not None:
        visitor_forget(response, visitor.storefront)  # the account finds them again
    elif visitor.person is not None:
        value = _sign(PERSON_COOKIE, visitor.storefront, visitor.person.external_id)
        response.set_cookie(PERSON_COOKIE, value, max_age=YEAR, **options)
        response.delete_cookie(VIEWS_COOKIE, path=path, samesite="Lax")
    elif visitor.views:
        rows = [[view.item, view.at, view.recommendation] for view in visitor.views]
        value = _sign(VIEWS_COOKIE, visitor.storefront, rows)
        response.set_cookie(VIEWS_COOKIE, value, max_age=SESSION, **options)


def view_forget(response: HttpResponse, visitor: Visitor, item: str) -> bool:
    """Take one item (a primary key, as text) out of what the browser of somebody who is no person yet remembers."""
    left = [view for view in visitor.views if str(view.item) != item]
    gone, visitor.views = len(left) < len(visitor.views), left
    if left:
        visitor_remember(response, visitor)
    else:
        visitor_forget(response, visitor.storefront)
    return gone


def visitor_forget(response: HttpResponse, storefront: Storefront) -> None:
    """Drop the cookies by which somebody without an account is found again."""
    for cookie in (PERSON_COOKIE, VIEWS_COOKIE):
        response.delete_cookie(cookie, path=_path(storefront), samesite="Lax")


def is_looking(request: HttpRequest) -> bool:
    """Whether a human being sees this page: no robot, no prefetch, no HEAD."""
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return request.method == "GET" and "prefetch" not in purpose and not is_robot(request)


def is_robot(request: HttpRequest) -> bool:
    return _ROBOT.search(request.headers.get("User-Agent", "")) is not None


def browse_as_offered(storefront: Storefront) -> dict[str, str]:
    """External id → label of the demo persons that a visitor may browse as. Empty on a real site."""
    offered = storefront.settings.get("browse_as", [])
    return {entry["external_id"]: say(entry["label"], get_language() or "en") for entry in offered}


def browse_as_start(request: HttpRequest, storefront: Storefront, external_id: str) -> bool:
    """False when nobody of that id is offered."""
    if external_id not in browse_as_offered(storefront):
        return False
    request.session[_browse_key(storefront)] = external_id
    return True


def browse_as_stop(request: HttpRequest, storefront: Storefront) -> None:
    request.session.pop(_browse_key(storefront), None)


def _views_record(visitor: Visitor) -> None:
    items = Item.objects.filter(storefront=visitor.storefront).in_bulk(visitor.session)
    records = [
        fact(
            visitor.person,
            items[view.item].external_id,
            "view",
            f"storefront-view:{visitor.person.pk}:{view.item}:{view.recommendation or view.at // SAME_VIEW}",
            at=view.at,
            recommendation=view.recommendation,
        )
        for view in visitor.views
        if view.item in items
    ]
    if records:
        behaviours_record(storefront=visitor.storefront, records=records)
    visitor.views = []


def _browse_key(storefront: Storefront) -> str:
    return f"browse_as:{storefront.slug}"


def _path(storefront: Storefront) -> str:
    return reverse("storefront:home", args=[storefront.slug])


def _sign(cookie: str, storefront: Storefront, value) -> str:
    return signing.dumps(value, salt=f"{cookie}:{storefront.slug}", compress=True)


def _signed(request: HttpRequest, cookie: str, storefront: Storefront, max_age: int):
    """The cookie's value; None where there is none, or it was forged, cut or made for another storefront."""
    try:
        return signing.loads(request.COOKIES.get(cookie, ""), salt=f"{cookie}:{storefront.slug}", max_age=max_age)
    except signing.BadSignature:
        return None
