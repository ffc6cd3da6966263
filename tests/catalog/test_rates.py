import subprocess
import sys
import textwrap
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from catalog import rates
from catalog.keys import api_key_create
from catalog.models import ApiKey, Storefront


@pytest.fixture(autouse=True)
def one_minute(monkeypatch):
    """The clock stands still, far from the end of a minute, and nothing is leased."""
    monkeypatch.setattr(rates, "_leases", {})
    monkeypatch.setattr(rates, "_visits", {})
    clock = [60_000_010.0]
    monkeypatch.setattr(rates.time, "time", lambda: clock[0])
    return clock


def key_of(limit: int) -> ApiKey:
    shop = Storefront.objects.create(slug=f"shop-{limit}", name="Shop", vertical="ecommerce")
    return api_key_create(storefront=shop, name="site", scopes=["read"], rate_limit=limit)[0]


@pytest.mark.parametrize("limit", [1, 7, 100, 250])
def test_exactly_the_limit_is_let_through(db, limit):
    key = key_of(limit)
    assert sum(rates.request_count(key) == 0 for _ in range(limit + 50)) == limit


def test_who_is_refused_hears_how_long_to_wait(db):
    key = key_of(1)
    rates.request_count(key)
    assert rates.request_count(key) == pytest.approx(60_000_060 - 60_000_010)


def test_the_next_minute_counts_anew(db, one_minute):
    key = key_of(2)
    assert [rates.request_count(key) == 0 for _ in range(3)] == [True, True, False]
    one_minute[0] += 60
    assert [rates.request_count(key) == 0 for _ in range(3)] == [True, True, False]


def test_a_key_without_a_limit_of_its_own_has_the_platforms(db, settings):
    settings.API_RATE_LIMIT = 3
    key = key_of(0)
    assert [rates.request_count(key) == 0 for _ in range(4)] == [True, True, True, False]


def test_the_database_is_asked_once_for_a_hundredth_of_the_limit(db):
    key = key_of(1000)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        for _ in range(10):
            rates.request_count(key)
    assert len(queries) == 1


@pytest.mark.parametrize("limit", [1, 3, 120, 125])
def test_processes_together_let_one_persons_browser_ask_no_more_than_the_limit(db, monkeypatch, limit):
    key = key_of(1000)
    monkeypatch.setattr(rates, "VISITOR_LIMIT", limit)
    memories = [{}, {}]  # each process has leases of its own
    allowed = 0
    for turn in range(2 * limit + 50):
        monkeypatch.setattr(rates, "_visits", memories[turn % 2])
        allowed += rates.visitor_count(key, "u-1") == 0
    assert allowed == limit
    assert rates.visitor_count(key, "u-2") == 0


def test_a_browser_that_was_refused_costs_no_more_counting(db, monkeypatch, django_assert_num_queries):
    key = key_of(1000)
    monkeypatch.setattr(rates, "VISITOR_LIMIT", 1)
    assert [rates.visitor_count(key, "u-1") == 0 for _ in range(2)] == [True, False]
    with django_assert_num_queries(0):
        assert rates.visitor_count(key, "u-1") == pytest.approx(60_000_060 - 60_000_010)


@pytest.mark.django_db(transaction=True)
def test_threads_together_get_exactly_the_limit():
    key = key_of(100)
    allowed = []

    def ask():
        try:
            allowed.extend(rates.request_count(key) == 0 for _ in range(50))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(allowed), sum(allowed)) == (500, 100)


def test_processes_together_get_exactly_the_limit(tmp_path):
    """Four real processes on one database file, each asking 125 times of a limit of 100."""
    ask = textwrap.dedent("""
        import django, sys
        django.setup()
        from catalog import rates
        from catalog.models import ApiKey
        rates.time.time = lambda: 60_000_010.0
        key = ApiKey.objects.get()
        print(sum(rates.request_count(key) == 0 for _ in range(125)))
    """)
    prepare = textwrap.dedent("""
        import django
        django.setup()
        from django.core.management import call_command
        call_command("migrate", "catalog", verbosity=0)
        from catalog.models import ApiKey, Storefront
        shop = Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
        ApiKey.objects.create(storefront=shop, name="site", prefix="site", scopes=["read"], rate_limit=100)
    """)
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", prepare], env=environment, check=True, timeout=60)
    running = [
        subprocess.Popen([sys.executable, "-c", ask], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    assert sum(int(process.communicate(timeout=60)[0]) for process in running) == 100
