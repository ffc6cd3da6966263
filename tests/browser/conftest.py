"""A real browser against a real server: Debian's chromium, driven by Playwright."""

from __future__ import annotations

import json
import os
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.handlers.wsgi import WSGIHandler

import recommender.verticals
from tests.conftest import require

ITEMS = 48  # of each demo catalogue: enough for every shelf
VERTICALS = Path(recommender.verticals.__file__).parent


def pytest_collection_modifyitems(items) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser():
    """Chromium, started once."""
    chromium = shutil.which("chromium")
    require(chromium is not None, "Debian's chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    # Playwright's synchronous interface runs an event loop in this thread; Django takes that for an async view.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield running
        running.close()
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(autouse=True)
def one_request_at_a_time(live_server, monkeypatch):
    """The live server's threads share one connection to a database in memory, which bears one transaction at a time.

    What a page still tells when its test is over is heard to the end, before the tables are emptied.
    """
    taking_turns, answer = threading.Lock(), WSGIHandler.__call__

    def in_turn(handler, environ, start_response):
        with taking_turns:
            return answer(handler, environ, start_response)

    monkeypatch.setattr(WSGIHandler, "__call__", in_turn)
    yield
    if taking_turns.acquire(timeout=10):
        taking_turns.release()


@pytest.fixture
def open_page(browser, live_server):
    """`open_page("/path", width=390, color_scheme="dark", …)` → a page in a context of its own.

    Nothing moves unless it is asked for: a page that fades would be met half faded.
    `page.complaints` collects what the console says: script errors, and violations of the security policy.
    """
    contexts = []

    def open_at(path: str, *, width: int = 1280, height: int = 900, look: str = "", **options):
        options = {"viewport": {"width": width, "height": height}, "reduced_motion": "reduce", **options}
        context = browser.new_context(base_url=live_server.url, **options)
        contexts.append(context)
        if look:
            context.add_cookies([{"name": "kindred_look", "value": look, "url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.complaints = []
        page.on("console", lambda message: page.complaints.append(message.text) if _is_bad(message) else None)
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_at
    for context in contexts:
        context.close()


def _is_bad(message) -> bool:
    return message.type in ("error", "warning")


@pytest.fixture
def site(transactional_db, settings, tmp_path, monkeypatch) -> SimpleNamespace:
    """A cinema and a shop with items of the demo catalogues, people who keep to a category each, and a live model."""
    from recommender.jobs import training

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    return SimpleNamespace(cinema=_open("cinema", "Cinema", "video", "watch"), shop=_open("shop", "Shop", "ecommerce"))


@pytest.fixture
def place(transactional_db, settings, tmp_path, monkeypatch):
    """`place("news")` → a storefront of that vertical with items, people and a live model."""
    from recommender.jobs import training

    from .places import place

    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    return place


def _open(slug: str, name: str, vertical: str, kind: str = "purchase"):
    from behaviour.services import behaviours_record
    from catalog.models import Storefront
    from catalog.services import items_import
    from recommender.jobs import training_run_execute
    from recommender.services import training_run_create

    storefront = Storefront.objects.create(
        slug=slug,
        name=name,
        vertical=vertical,
        synthetic=True,
        settings={"browse_as": [{"external_id": "person-0", "label": "The regular"}]},
    )
    lines = (VERTICALS / vertical / "demo" / "items.jsonl").read_text().splitlines()[:ITEMS]
    items = [json.loads(line) for line in lines]
    assert items_import(storefront=storefront, records=items).created == len(items)
    report = behaviours_record(
        storefront=storefront, records=[_event(person, step, kind, items) for person in range(24) for step in range(6)]
    )
    assert report.accepted == 144, report
    run = training_run_create(storefront=storefront, algorithm="ease", activate=True, enqueue=False)
    assert training_run_execute(run.pk) is not None
    return storefront


def _event(person: int, step: int, kind: str, items: list[dict]) -> dict:
    event = {
        "event_id": f"{person}-{step}",
        "person": f"person-{person}",
        "kind": kind,
        "item": items[(person * 2 + step) % len(items)]["external_id"],
        "occurred_at": f"2026-10-{10 + step}T12:00:00Z",
    }
    return event | ({"value": 1.0} if kind == "watch" else {})
