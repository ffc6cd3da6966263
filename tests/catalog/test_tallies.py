"""What is counted is counted for all processes, and forgotten in time."""

import subprocess
import sys
import textwrap
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from catalog import tallies
from catalog.models import Tally
from catalog.tallies import tally_add, tally_forget

pytestmark = pytest.mark.django_db


@pytest.fixture(params=["table", "cache"])
def kept_in(request, monkeypatch):
    """Both places; the local cache stands for a shared one, which it is within a process."""
    monkeypatch.setattr(tallies, "_shared", lambda: request.param == "cache")
    cache.clear()
    yield request.param
    cache.clear()


def test_each_count_is_added(kept_in):
    assert [tally_add("try", "a", seconds=60) for _ in range(3)] == [1, 2, 3]
    assert tally_add("try", "a", seconds=60, by=10) == 13


def test_others_and_other_things_count_for_themselves(kept_in):
    tally_add("try", "a", seconds=60)
    assert tally_add("try", "b", seconds=60) == 1
    assert tally_add("other", "a", seconds=60) == 1


def test_what_is_forgotten_counts_anew(kept_in):
    tally_add("try", "a", seconds=60)
    tally_forget("try", "a")
    assert tally_add("try", "a", seconds=60) == 1


def test_a_count_ends_some_time_after_its_first(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(tallies.timezone, "now", lambda: now)
    tally_add("try", "a", seconds=60)
    now += timedelta(seconds=59)
    assert tally_add("try", "a", seconds=60) == 2
    now += timedelta(seconds=1)
    assert tally_add("try", "a", seconds=60) == 1


def test_what_has_ended_is_removed_with_the_next_count(monkeypatch):
    now = timezone.now()
    monkeypatch.setattr(tallies.timezone, "now", lambda: now)
    tally_add("try", "a", seconds=60)
    now += timedelta(seconds=61)
    tally_add("try", "b", seconds=60)
    assert Tally.objects.count() == 1


def test_names_and_addresses_stand_in_no_table():
    tally_add("sign-in", "192.0.2.7 ada", seconds=60)
    assert "ada" not in Tally.objects.get().key and "192" not in Tally.objects.get().key


@pytest.mark.parametrize(
    ("backend", "shared"),
    [
        ("django.core.cache.backends.locmem.LocMemCache", False),
        ("django.core.cache.backends.filebased.FileBasedCache", False),
        ("django.core.cache.backends.redis.RedisCache", True),
        ("django.core.cache.backends.memcached.PyMemcacheCache", True),
    ],
)
def test_only_a_cache_that_counts_in_one_step_is_trusted_with_it(settings, backend, shared):
    settings.CACHES = {"default": {"BACKEND": backend}}
    assert tallies._shared() is shared


def test_processes_together_lose_no_count(tmp_path):
    """Two real processes on one database file, each counting 50 times."""
    prepare = textwrap.dedent("""
        import django
        django.setup()
        from django.core.management import call_command
        call_command("migrate", "catalog", verbosity=0)
    """)
    count = textwrap.dedent("""
        import django
        django.setup()
        from catalog.tallies import tally_add
        for _ in range(50):
            last = tally_add("try", "a", seconds=600)
        print(last)
    """)
    environment = {"DJANGO_SETTINGS_MODULE": "config.settings", "VAR_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run([sys.executable, "-c", prepare], env=environment, check=True, timeout=60)
    running = [
        subprocess.Popen([sys.executable, "-c", count], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert max(int(process.communicate(timeout=60)[0]) for process in running) == 100
