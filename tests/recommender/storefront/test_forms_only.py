"""Addresses that forms are sent to, opened in another way: a reload, the history, a link that somebody passed on."""

import pytest
from django.urls import reverse

from behaviour.models import Behaviour
from recommender.storefront.urls import urlpatterns

HOME, PRIVACY, ITEM = "/s/cinema/", "/s/cinema/privacy/", "/s/cinema/item/film-0/"
PAGES = {
    "look": "/",
    "welcome_preview": "/s/cinema/welcome/",
    "sign_out": HOME,
    "personalisation": PRIVACY,
    "consent": PRIVACY,
    "email": PRIVACY,
    "signal_delete": PRIVACY,
    "topic_hide": HOME,
    "topic_show": HOME,
    "signal_forget": HOME,
    "seen": HOME,
    "browse_as_choose": "/s/cinema/browse-as/",
    "cart_change": "/s/cinema/cart/",
    "groups_change": "/s/cinema/groups/",
    "tie": "/s/cinema/people/film-0/",
    "watched": ITEM,
    "write": ITEM,
    "act": ITEM,
    "undo": ITEM,
    "unsave": ITEM,
}


def address_of(pattern) -> str:
    values = {"slug": "cinema", "external_id": "film-0"}
    return reverse(f"storefront:{pattern.name}", kwargs={name: values[name] for name in pattern.pattern.converters})


@pytest.mark.parametrize("name", PAGES)
def test_whoever_opens_the_address_of_a_form_gets_its_page_and_nothing_is_done(world, visitor, name):
    address = address_of(next(one for one in urlpatterns if one.name == name))
    before = Behaviour.objects.count()
    for ask in (visitor.get, visitor.head):
        answer = ask(address)
        assert (answer.status_code, answer.url) == (302, PAGES[name])
    assert visitor.put(address).status_code == 405
    assert Behaviour.objects.count() == before


def test_no_address_of_a_storefront_answers_a_visit_with_a_bare_refusal(world, visitor):
    asked = [one for one in urlpatterns if set(one.pattern.converters) <= {"slug", "external_id"}]
    assert [address for one in asked if visitor.get(address := address_of(one)).status_code == 405] == []
