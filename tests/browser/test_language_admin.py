"""The pages of language models in a real browser: what only a browser can show."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from catalog.models import Item
from recommender.models import Artifact, EmbeddingFailure, EmbeddingShard, LiveEncoder, TrainingRun
from tests.recommender.services.test_previews import write_tokenizer

from .test_admin import POLL, change, cinema, operator_page, run_page  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def encoder(cinema, settings, tmp_path) -> LiveEncoder:  # noqa: F811
    settings.VAR_DIR = tmp_path
    row = LiveEncoder.objects.create(storefront=cinema, fingerprint="f" * 16, model="tiny", dimensions=4)
    write_tokenizer(row.folder)
    return row


def test_an_item_is_found_as_somebody_types_and_shown_token_by_token(operator_page, cinema, encoder):  # noqa: F811
    Item.objects.create(storefront=cinema, external_id="a", title="Drama of a comedy")
    page = operator_page
    page.goto(reverse("admin:recommender_liveencoder_preview"))
    page.locator(".select2-selection").first.click()
    page.keyboard.type("drama")
    page.get_by_role("option", name="Drama of a comedy").click()
    page.get_by_role("button", name="Show").click()
    page.locator(".rx-token", has_text="comedy").first.wait_for(timeout=POLL)


def test_curves_grow_while_a_run_learns(operator_page, cinema):  # noqa: F811
    now = timezone.now()
    run = TrainingRun.objects.create(
        storefront=cinema, task="contrastive", status="running", started_at=now, heartbeat_at=now
    )
    operator_page.goto(run_page(run))
    assert operator_page.locator("svg polyline").count() == 0
    change(run, curves=[{"progress": 0.1, "loss": 3.0}, {"progress": 0.5, "loss": 1.0}])
    line = operator_page.locator("svg polyline")
    line.wait_for(timeout=POLL)
    assert line.get_attribute("points") == "32.0,0.0 160.0,120.0"


def test_the_settings_of_the_loop_open_where_one_is_wrong(operator_page, cinema):  # noqa: F811
    page = operator_page
    page.goto(reverse("admin:recommender_trainingrun_teach", args=["contrastive"]))
    field = page.locator("[name='set-loop.epochs']")
    assert not field.is_visible()
    page.get_by_text("How it is trained").click()
    field.fill("many")
    page.get_by_role("button", name="Start").click()
    page.get_by_text("loop.epochs is a whole number").wait_for(timeout=POLL)
    assert field.is_visible()
    field.fill("2")
    page.get_by_role("button", name="Start").dblclick()
    page.wait_for_url("**/change/")
    assert TrainingRun.objects.get().config["loop"]["epochs"] == 2


def test_on_a_phone_the_name_of_a_column_stays_whole_beside_a_long_text(operator_page, cinema):  # noqa: F811
    page = operator_page
    page.set_viewport_size({"width": 390, "height": 900})
    item = Item.objects.create(storefront=cinema, external_id="a", title="A")
    EmbeddingFailure.objects.create(storefront=cinema, item=item, encoder="f", error="An error " * 20, attempts=5)
    page.goto(reverse("admin:recommender_embeddingfailure_changelist"))
    height = "cell => parseFloat(getComputedStyle(cell, '::before').height)"
    label = {name: page.locator(f"td[data-label='{name}']").evaluate(height) for name in ("error", "attempts")}
    assert label["error"] == label["attempts"]


@pytest.mark.parametrize("width", [390, 1280])
def test_no_language_page_runs_off_the_screen(operator_page, cinema, encoder, width):  # noqa: F811
    page = operator_page
    page.set_viewport_size({"width": width, "height": 900})
    points = [{"progress": n / 10, "loss": 3.0, "ndcg@10": n / 10} for n in range(10)]
    run = TrainingRun.objects.create(storefront=cinema, task="embed", status="finished", curves=points)
    EmbeddingShard.objects.create(run=run, number=0, first_pk=1, last_pk=2, total=2)
    figures = {"figures": {"a_figure_with_a_very_long_name.inside.another": 0.5, "base": "/a/long/path" * 9}}
    artifact = Artifact.objects.create(
        storefront=cinema, run=run, product="encoder", algorithm="contrastive", folder="f" * 90, manifest=figures
    )
    item = Item.objects.create(storefront=cinema, external_id="a", title="A long title " * 15)
    EmbeddingFailure.objects.create(storefront=cinema, item=item, encoder="f", error="An error " * 60, attempts=5)
    for address in (
        run_page(run),
        reverse("admin:recommender_artifact_change", args=[artifact.pk]),
        reverse("admin:recommender_trainingrun_teach", args=["interest"]),
        reverse("admin:recommender_liveencoder_exchange", args=[encoder.pk]),
        f"{reverse('admin:recommender_liveencoder_preview')}?item={item.pk}",
        reverse("admin:recommender_embeddingfailure_changelist"),
    ):
        page.goto(address)
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth"), address
