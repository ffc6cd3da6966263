"""The shelf in a page of another site, with a strict policy of its own."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe_playwright_python.sync_playwright import Axe

from behaviour.models import Behaviour
from catalog.keys import api_key_create
from catalog.visitors import token_make
from recommender.models import Click, Impression, Recommendation

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Site:
    """Another site on a port of its own, whose pages say what the test wants."""

    def __init__(self) -> None:
        self.body = self.policy = ""
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = site.body if self.path == "/" else "<!doctype html><title>Product</title><h1>Product</h1>"
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                if site.policy:
                    self.send_header("Content-Security-Policy", site.policy)
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        self.origin = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def blog():
    site = Site()
    yield site
    site.server.shutdown()
    site.server.server_close()


@pytest.fixture
def embed(site, blog, live_server, open_page):
    """Open the blog with the cinema's shelf in it; keywords become the script's data attributes."""
    _, key = api_key_create(
        storefront=site.cinema, name="blog", scopes=["read", "write"], kind="browser", origins=[blog.origin]
    )

    def opened(origin: str = "", policy: bool = True, **data):
        data = {"storefront": "cinema", "key": key, "count": "12", **data}
        attributes = " ".join(f'data-{name}="{value}"' for name, value in data.items())
        blog.body = (
            '<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Blog</title>'
            f'<main><h1>Blog</h1><script src="{live_server.url}/widgets/shelf.js" {attributes} async></script></main>'
        )
        ours = live_server.url
        blog.policy = f"default-src 'none'; script-src {ours}; connect-src {ours}; img-src {ours}" if policy else ""
        return open_page(origin or f"{blog.origin}/")

    return opened


def soon(found, seconds: float = 5.0):
    """What `found` gives, as soon as it gives something."""
    until = time.monotonic() + seconds
    while not (result := found()) and time.monotonic() < until:
        time.sleep(0.05)
    return result


def positions(model) -> set[int]:
    return set(model.objects.values_list("position", flat=True))


def test_the_shelf_stands_in_a_page_of_another_site_and_keeps_nothing_on_the_device(embed):
    page = embed()
    page.wait_for_selector(".kindred-shelf li")
    assert page.locator(".kindred-shelf h2").inner_text() == "Recommended"
    assert page.get_by_role("list").get_by_role("listitem").count() == 12
    assert page.evaluate("localStorage.length") == 0
    assert page.context.cookies() == []
    assert page.complaints == []


def test_cards_count_as_seen_when_they_come_into_sight_and_no_sooner(embed):
    page = embed()
    page.wait_for_selector(".kindred-shelf li")
    assert soon(lambda: positions(Impression))
    first = positions(Impression)
    assert 0 in first and 11 not in first
    page.locator(".kindred-shelf li").last.scroll_into_view_if_needed()
    assert soon(lambda: 11 in positions(Impression))


def test_a_card_that_was_opened_is_told_with_its_list(embed, blog):
    page = embed(link=f"{blog.origin}/product/{{id}}")
    page.locator(".kindred-shelf a").nth(1).click()
    page.wait_for_url("**/product/*")
    assert soon(lambda: positions(Click)) == {1}
    assert Click.objects.get().recommendation.placement == "home"


def test_only_a_site_that_remembers_gives_its_visitors_an_id(embed, blog):
    page = embed(remember="", event="view", link=f"{blog.origin}/product/{{id}}")
    page.wait_for_selector(".kindred-shelf li")
    visitor = page.evaluate("localStorage.getItem('kindred.cinema')")
    page.reload()
    page.wait_for_selector(".kindred-shelf li")
    assert page.evaluate("localStorage.getItem('kindred.cinema')") == visitor
    page.locator(".kindred-shelf a").first.click()
    event = soon(lambda: Behaviour.objects.filter(person__external_id=visitor).first())
    assert (event.kind, event.person.anonymous) == ("view", True)
    assert event.recommendation_id


def test_a_token_in_the_page_makes_it_the_shelf_of_its_person(embed, blog, site):
    row, _ = api_key_create(storefront=site.cinema, name="server", scopes=["read", "write"])
    token, _visitor, _ends = token_make(key=row, person="person-0", origin=blog.origin)
    page = embed(key=token)
    page.wait_for_selector(".kindred-shelf li")
    assert Recommendation.objects.latest("created_at").person.external_id == "person-0"
    assert page.complaints == []


def test_a_site_that_the_key_is_not_for_gets_no_shelf_and_goes_on(embed, blog):
    page = embed(origin=f"http://localhost:{blog.port}/", policy=False)
    page.wait_for_timeout(1000)
    assert page.locator(".kindred-shelf").count() == 0
    assert page.locator("h1").inner_text() == "Blog"


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_the_shelf_has_no_serious_fault_of_accessibility(embed, width, color_scheme):
    page = embed(policy=False, language="zh-hans", title="为你推荐")
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=color_scheme)
    page.wait_for_selector(".kindred-shelf li")
    found = Axe().run(page).response["violations"]
    assert [rule["id"] for rule in found if rule["impact"] in ("serious", "critical")] == []
