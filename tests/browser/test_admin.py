"""The admin in a real browser: what only a browser can show."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Storefront
from recommender.models import TrainingRun

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
POLL = 8_000  # milliseconds within which a change must show: the page asks every two seconds


@pytest.fixture
def cinema(transactional_db) -> Storefront:
    return Storefront.objects.create(slug="cinema", name="Cinema", vertical="video")


@pytest.fixture
def operator_page(browser, live_server, admin_user) -> Iterator:
    """A page that is signed in as a superuser."""
    context = browser.new_context(base_url=live_server.url)
    page = context.new_page()
    page.goto(reverse("admin:index"))
    page.fill("[name=username]", "admin")
    page.fill("[name=password]", "password")
    page.click("[type=submit]")
    page.wait_for_url(f"**{reverse('admin:index')}")
    yield page
    context.close()


def change(run: TrainingRun, **values) -> None:
    TrainingRun.objects.filter(pk=run.pk).update(**values)


def run_page(run: TrainingRun) -> str:
    return reverse("admin:recommender_trainingrun_change", args=[run.pk])


def test_the_page_of_a_run_follows_it_to_its_end_and_then_rests(operator_page, cinema):
    page = operator_page
    run = TrainingRun.objects.create(storefront=cinema, algorithm="ease")
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/panel/") else None)
    page.goto(run_page(run))
    now = timezone.now()
    change(run, status="running", progress=0.4, stage="fit", started_at=now, heartbeat_at=now)
    page.get_by_text("finding settings and measuring").wait_for(timeout=POLL)
    assert page.locator("progress").get_attribute("value") == "40"
    change(run, status="failed", error="There is nothing to learn from.", finished_at=timezone.now())
    page.get_by_text("There is nothing to learn from.").wait_for(timeout=POLL)
    times = len(asked)
    page.wait_for_timeout(3_000)
    assert len(asked) == times


def test_stop_ends_a_queued_run(operator_page, cinema):
    run = TrainingRun.objects.create(storefront=cinema, algorithm="ease")
    operator_page.goto(run_page(run))
    operator_page.get_by_role("button", name="Stop").click()
    operator_page.get_by_role("link", name="Train again").wait_for(timeout=POLL)
    run.refresh_from_db()
    assert run.status == "cancelled"


def test_a_double_click_on_train_makes_one_run(operator_page, cinema):
    page = operator_page
    page.goto(reverse("admin:recommender_trainingrun_add"))
    page.select_option("[name=algorithm]", "popularity")
    page.get_by_role("button", name="Train", exact=True).dblclick()
    page.wait_for_url("**/change/")
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_runs_off_the_screen(operator_page, cinema, admin_user, width):
    page = operator_page
    page.set_viewport_size({"width": width, "height": 900})
    run = TrainingRun.objects.create(storefront=cinema, algorithm="ease", log="a long line " * 40)
    account = reverse("admin:behaviour_account_change", args=[admin_user.pk])
    for address in (reverse("admin:index"), run_page(run), reverse("admin:recommender_trainingrun_add"), account):
        page.goto(address)
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), address
