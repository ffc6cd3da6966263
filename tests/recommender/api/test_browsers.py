"""Browsers that speak for themselves: what is open to them, for whom, from where and for how long."""

import json
import time
import uuid
from io import StringIO

import pytest
from django.core.management import call_command
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog import rates, visitors
from catalog.api.browsers import OPERATIONS
from catalog.keys import api_key_create, api_key_revoke
from catalog.models import Answer, ApiKey
from tests.catalog.api.clients import Api, api_for, client, problem
from tests.catalog.api.test_access import addresses

SITE = "https://shop.example"
ANONYMOUS = "anon-" + "x" * 22


class Browser:
    """Requests as a page of `origin` makes them."""

    def __init__(self, key: str, origin: str = SITE):
        self.key, self.origin = key, origin

    def __call__(self, method: str, path: str, body=None, headers=None, **query):
        headers = {"Authorization": f"Bearer {self.key}", "Origin": self.origin, **(headers or {})}
        return client().generic(
            method,
            f"/api/v1/storefronts/shop/{path}",
            json.dumps(body).encode() if body is not None else b"",
            content_type="application/json",
            headers=headers,
            query_params=query,
        )


def token_for(api, person="u-1", origin=SITE, **fields) -> str:
    response = api.post("browser_tokens", {"person": person, "origin": origin, **fields})
    assert response.status_code == 201, response.content
    return response.json()["token"]


@pytest.fixture
def token(stocked) -> Browser:
    return Browser(token_for(stocked))


@pytest.fixture
def page(stocked, shop) -> Browser:
    """A page with a key for browsers."""
    _, key = api_key_create(storefront=shop, name="site", scopes=["read", "write"], kind="browser", origins=[SITE])
    return Browser(key)


def event(**fields):
    now = timezone.now().isoformat()
    return {"event_id": str(uuid.uuid4()), "kind": "view", "item": "sku-9", "occurred_at": now, **fields}


def test_a_token_says_what_it_is_for_and_is_stored_nowhere(stocked):
    before = int(time.time())
    response = stocked.post("browser_tokens", {"person": "u-1", "origin": "HTTPS://Shop.example/", "expires_in": 900})
    answer = response.json()
    assert (answer["person"], answer["origin"], answer["scopes"]) == ("u-1", SITE, ["read", "write"])
    ends = timezone.datetime.fromisoformat(answer["expires_at"]).timestamp()
    assert before + 900 <= ends <= before + 910
    assert response["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"person": ""}, "/person"),
        ({"origin": "shop.example"}, "/origin"),
        ({"origin": "https://shop.example/path"}, "/origin"),
        ({"origin": "javascript:alert(1)"}, "/origin"),
        ({"origin": "null"}, "/origin"),
        ({"scopes": ["manage"]}, "/scopes"),
        ({"expires_in": 3601}, "/expires_in"),
        ({"expires_in": 1}, "/expires_in"),
        ({"subject": "u-2"}, "/subject"),
    ],
)
def test_a_token_that_cannot_be_is_refused(stocked, fields, pointer):
    body = problem(stocked.post("browser_tokens", {"person": "u-1", "origin": SITE, **fields}), 400, "invalid")
    assert body["errors"][0]["pointer"].startswith(pointer)


def test_a_token_has_no_scope_that_its_key_lacks(stocked, shop):
    reader = api_for(shop, "read")
    browser = Browser(token_for(reader))
    problem(browser("POST", "behaviours", event()), 403, "forbidden")
    body = {"person": "u-1", "origin": SITE, "scopes": ["write"]}
    problem(reader.post("browser_tokens", body), 400, "invalid")


def test_a_token_gets_what_suits_its_person_without_naming_them(token, stocked):
    stocked.post("persons", {"id": "u-1"})
    response = token("GET", "recommendations", count="3")
    assert response.status_code == 200
    assert response.json()["data"]
    from recommender.models import Recommendation

    assert Recommendation.objects.latest("created_at").person.external_id == "u-1"


def test_a_token_records_what_its_person_did_saw_and_opened(token):
    assert token("POST", "behaviours", event()).status_code == 201
    assert token("POST", "behaviours/batch", [event(person="u-1")]).status_code == 200
    assert set(Behaviour.objects.filter(item__external_id="sku-9").values_list("person__external_id", flat=True)) == {
        "u-1"
    }
    served = token("GET", "recommendations").json()["id"]
    seen = token("POST", f"recommendations/{served}/impressions", {"impressions": [{"position": 0}]})
    assert seen.json() == {"recorded": 1, "known": 0}
    assert token("POST", f"recommendations/{served}/clicks", {"position": 0}).status_code == 201


def test_a_token_speaks_for_nobody_else(token, stocked):
    problem(token("GET", "recommendations", person="u-2"), 403, "forbidden")
    problem(token("GET", "search", q="tea", person="u-2"), 403, "forbidden")
    problem(token("POST", "recommendations", {"text": "tea", "person": "u-2"}), 403, "forbidden")
    problem(token("POST", "behaviours", event(person="u-2")), 403, "forbidden")
    problem(token("POST", "behaviours/batch", [event(), event(person="u-2")]), 403, "forbidden")
    assert not Behaviour.objects.filter(item__external_id="sku-9").exists()
    theirs = stocked.get("recommendations", person="u-2").json()["id"]
    problem(token("POST", f"recommendations/{theirs}/clicks", {"position": 0}), 404, "not_found")


def asked(browser: Browser, **body):
    response = browser("POST", "recommendations", {"count": 3, **body})
    assert response.status_code == 200, response.content
    return response.json()


def test_a_token_asks_by_a_body_for_its_own_person_and_turns_the_page(token, stocked):
    from recommender.models import Recommendation

    stocked.post("persons", {"id": "u-1"})
    first = asked(token, items=["sku-1"])
    second = asked(token, items=["sku-1"], cursor=first["next_cursor"], person="u-1")
    assert second["continues"] == first["id"]
    assert not {row["id"] for row in first["data"]} & {row["id"] for row in second["data"]}
    served = Recommendation.objects.filter(pk__in=[first["id"], second["id"]])
    assert [row.person.external_id for row in served] == ["u-1", "u-1"]


@pytest.mark.parametrize("path", ["recommendations", "items/sku-1/similar", "search"])
def test_a_token_does_not_turn_the_page_of_somebody_elses_list(token, stocked, path):
    words = {"q": "tea"} if path == "search" else {}
    theirs = stocked.get(path, person="u-2", count="2", **words).json()["next_cursor"]
    assert theirs
    problem(token("GET", path, cursor=theirs, **words), 400, "invalid")
    problem(token("GET", path, cursor=theirs, person="u-2", **words), 403, "forbidden")


def test_a_token_does_not_turn_the_page_of_what_somebody_else_asked_by_a_body(token, stocked):
    theirs = stocked.post("recommendations", {"person": "u-2", "count": 3}).json()["next_cursor"]
    assert theirs
    body = problem(token("POST", "recommendations", {"count": 3, "cursor": theirs}), 400, "invalid")
    assert body["errors"][0]["pointer"] == "/cursor"
    problem(token("POST", "recommendations", {"count": 3, "cursor": theirs, "person": "u-2"}), 403, "forbidden")


def test_a_token_goes_on_from_its_own_persons_words_and_from_nobody_elses(token, stocked):
    own = asked(token, text="tea")["id"]
    assert asked(token, text="mug", refine=own)["wish"]
    theirs = stocked.post("recommendations", {"text": "tea", "person": "u-2"}).json()["id"]
    refused = problem(token("POST", "recommendations", {"text": "mug", "refine": theirs}), 400, "invalid")
    unknown = problem(token("POST", "recommendations", {"text": "mug", "refine": str(uuid.uuid4())}), 400, "invalid")
    assert refused["detail"] == unknown["detail"]
    assert refused["errors"] == unknown["errors"]


@pytest.mark.parametrize("who", ["token", "page"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("POST", "recommendations/batch", {"persons": ["u-1"]}), ("GET", "persons/u-1/similar", None)],
)
def test_many_at_once_and_persons_alike_are_closed_to_browsers(request, stocked, who, method, path, body):
    problem(request.getfixturevalue(who)(method, path, body), 403, "forbidden")
    server = stocked.get(path) if method == "GET" else stocked.post(path, body)
    assert server.status_code == 200  # so that it is the browser that was refused


@pytest.mark.parametrize("who", ["token", "page"])
@pytest.mark.parametrize(("method", "path", "view"), addresses(), ids=lambda value: getattr(value, "__name__", value))
def test_all_else_is_closed_to_browsers(request, who, method, path, view):
    if getattr(view, method.lower()).operation in OPERATIONS:
        return
    problem(request.getfixturevalue(who)(method, path), 403, "forbidden")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_what_is_open_to_browsers_is_an_operation(name):
    assert name in {getattr(view, method.lower()).operation for method, _, view in addresses()}


def test_a_token_works_from_its_site_only(token):
    for origin in ("https://evil.example", "https://shop.example.evil.example", "http://shop.example", "null"):
        response = Browser(token.key, origin)("GET", "recommendations")
        problem(response, 403, "forbidden")
        assert "Access-Control-Allow-Origin" not in response
    response = token("GET", "recommendations")
    assert response["Access-Control-Allow-Origin"] == SITE
    assert "Origin" in response["Vary"]


def test_a_server_gets_no_cross_origin_answer(stocked):
    assert "Access-Control-Allow-Origin" not in Browser(stocked.key)("GET", "items")


def test_a_page_of_our_own_site_names_no_origin_and_is_let_in(stocked):
    browser = Browser(token_for(stocked, origin="http://testserver"))
    headers = {"Authorization": f"Bearer {browser.key}"}
    assert client().get("/api/v1/storefronts/shop/recommendations", headers=headers).status_code == 200


def asks(origin: str, slug: str = "shop"):
    headers = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    return client().options(f"/api/v1/storefronts/{slug}/behaviours", headers=headers)


def test_before_a_key_is_sent_only_known_sites_hear_that_they_may(token, rival):
    assert asks(SITE)["Access-Control-Allow-Origin"] == SITE
    assert "Authorization" in asks(SITE)["Access-Control-Allow-Headers"]
    for response in (asks("https://evil.example"), asks(SITE, "rival"), asks(SITE, "nowhere")):
        assert response.status_code == 204
        assert "Access-Control-Allow-Origin" not in response


def test_a_token_ends(token, monkeypatch):
    later = time.time() + 3601
    monkeypatch.setattr(visitors.time, "time", lambda: later)
    response = token("GET", "recommendations")
    assert "expired" in problem(response, 401, "unauthenticated")["detail"]
    assert response["Access-Control-Allow-Origin"] == SITE  # so that the page can tell, and ask for another


def test_a_token_ends_with_its_key_within_a_second(token):
    assert token("GET", "recommendations").status_code == 200
    api_key_revoke(key=ApiKey.objects.get())
    time.sleep(1.01)
    problem(token("GET", "recommendations"), 401, "unauthenticated")
    assert "Access-Control-Allow-Origin" not in asks(SITE)


@pytest.mark.parametrize(
    "change", [lambda t: t[:-1] + ("a" if t[-1] != "a" else "b"), lambda t: t + "x", lambda t: "kt_"]
)
def test_a_token_that_was_changed_is_unknown(token, change):
    problem(Browser(change(token.key))("GET", "recommendations"), 401, "unauthenticated")


def test_a_token_is_of_one_storefront(token, rival):
    headers = {"Authorization": f"Bearer {token.key}", "Origin": SITE}
    response = client().get("/api/v1/storefronts/rival/recommendations", headers=headers)
    problem(response, 404, "not_found")


def test_one_browser_cannot_use_up_what_the_server_may_ask(token, stocked, monkeypatch):
    monkeypatch.setattr(rates, "VISITOR_LIMIT", 3)
    rates._visits.clear()
    answers = [token("GET", "search", q="tea").status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    response = token("GET", "search", q="tea")
    assert 0 < int(response["Retry-After"]) <= 60
    assert stocked.get("items").status_code == 200
    assert Browser(token_for(stocked, "u-2"))("GET", "search", q="tea").status_code == 200
    rates._visits.clear()


def test_two_browsers_may_call_their_requests_the_same(token, stocked):
    other = Browser(token_for(stocked, "u-2"))
    sent = event()
    again = {"Idempotency-Key": "1"}
    assert token("POST", "behaviours", sent, again).status_code == 201
    assert token("POST", "behaviours", sent, again)["Idempotency-Replayed"] == "true"
    response = other("POST", "behaviours", event(), again)
    assert (response.status_code, "Idempotency-Replayed" in response) == (201, False)


def test_a_token_is_never_kept_for_an_idempotency_key(stocked):
    headers = {"Authorization": f"Bearer {stocked.key}", "Idempotency-Key": "1"}
    body = {"person": "u-1", "origin": SITE}
    address = "/api/v1/storefronts/shop/browser_tokens"
    assert client().post(address, body, content_type="application/json", headers=headers).status_code == 201
    assert not Answer.objects.exists()


def test_an_event_of_a_browser_cannot_take_the_id_of_an_order(token):
    body = problem(token("POST", "behaviours", event(event_id="order-77-1")), 400, "invalid")
    assert body["errors"][0]["pointer"] == "/event_id"


def test_a_browser_does_not_get_the_notes_between_servers(token, page, stocked):
    stocked.patch("items/sku-1", {"metadata": {"margin": 0.4}})
    assert "metadata" in stocked.get("search", q="tea").json()["data"][0]
    for browser in (token, page):
        rows = browser("GET", "search", q="tea").json()["data"]
        assert rows and not any("metadata" in row for row in rows)


def test_a_key_for_browsers_speaks_for_anonymous_visitors_only(page):
    assert page("GET", "recommendations").status_code == 200
    assert page("GET", "recommendations", person=ANONYMOUS).status_code == 200
    for person in ("u-1", "anon-1", "anon-" + "x" * 19, "xanon-" + "x" * 22):
        problem(page("GET", "recommendations", person=person), 403, "forbidden")
        problem(page("POST", "behaviours", event(person=person)), 403, "forbidden")
    assert page("POST", "behaviours", event(person=ANONYMOUS)).status_code == 201
    assert Person.objects.get(external_id=ANONYMOUS).anonymous


def test_a_key_for_browsers_makes_no_tokens(page):
    problem(page("POST", "browser_tokens", {"person": "u-1"}), 403, "forbidden")


def test_a_key_for_browsers_is_not_a_servers(page, shop):
    problem(Api("shop", page.key).get("recommendations"), 403, "forbidden")  # from no site


def test_of_fifty_live_keys_and_tokens_none_stands_in_the_database_or_the_log(stocked, shop, caplog):
    caplog.set_level("DEBUG")
    keys = [api_key_create(storefront=shop, name="x", scopes=["read"])[1] for _ in range(25)]
    sites = [
        api_key_create(storefront=shop, name="x", scopes=["read"], kind="browser", origins=[SITE])[1] for _ in range(10)
    ]
    tokens = [token_for(stocked, f"u-{number}") for number in range(15)]
    for key in keys:
        assert Api("shop", key).get("search", q="tea").status_code == 200
    for key in sites + tokens:
        assert Browser(key)("GET", "search", q="tea").status_code == 200
    out = StringIO()
    call_command("dumpdata", stdout=out)
    dump = out.getvalue()
    assert "catalog.apikey" in dump
    for key in keys + sites + tokens:
        secret = key.rsplit(":", 1)[-1] if key.startswith("kt_") else key.split("_", 2)[2]
        assert secret not in dump
        assert secret not in caplog.text
