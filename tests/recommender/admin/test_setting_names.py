"""Settings of trainings are called by words, wherever they stand."""

from __future__ import annotations

from dataclasses import fields

import pytest

from recommender import registry
from recommender.admin.setting_names import NAMES, setting_name, setting_value, settings_named
from recommender.admin.setting_words import RANKING, explained
from recommender.models import Artifact, TrainingRun
from recommender.services.task_settings import task_settings

from .test_language import address, html

BUILT_IN = ("popularity", "ease", "graph", "content", "baskets", "next-item", "blend")


@pytest.mark.parametrize("slug", BUILT_IN)
def test_every_setting_of_an_algorithm_has_a_name_and_says_what_it_does(slug):
    keys = {field.name for field in fields(registry.algorithm(slug).Config)}
    assert keys <= NAMES.keys()
    assert keys <= RANKING.keys()


def test_every_setting_of_a_language_task_has_a_name_and_says_what_it_does():
    for settings in task_settings().values():
        for setting in settings:
            assert setting.name.rpartition(".")[2] in NAMES, setting.name
            assert explained(setting.name), setting.name


def test_a_setting_inside_another_is_called_with_its_algorithm():
    assert setting_name("settings.ease.kept") == "EASE: Neighbours kept an item"
    assert setting_name("loop.epochs") == "Epochs"


def test_a_setting_that_a_plugin_brings_is_called_as_its_author_calls_it():
    assert setting_name("shelf_width") == "shelf width"


def test_values_are_said_as_exactly_as_they_were_set():
    assert [setting_value(one) for one in (5e-05, 200.0, 24_000, None, True)] == [
        "5e-05",
        "200",
        "24,000",
        "none",
        "yes",
    ]
    assert setting_value(["next-item", "ease"]) == "Next item, EASE"
    assert settings_named({"weights": [1.0, 0.5], "settings": {"ease": {"kept": 3}}}) == [
        ("Weights of its algorithms", "1, 0.5"),
        ("EASE: Neighbours kept an item", "3"),
    ]


def test_the_pages_of_a_run_and_of_its_artifact_name_settings(admin_client, cinema, artifact_of):
    artifact: Artifact = artifact_of(cinema)
    Artifact.objects.filter(pk=artifact.pk).update(manifest={**artifact.manifest, "config": {"kept": 9}})
    TrainingRun.objects.filter(pk=artifact.run_id).update(config={"kept": 9})
    for row in (artifact, artifact.run):
        page = html(admin_client, address(row))
        assert "Neighbours kept an item" in page
        assert "&quot;kept&quot;" not in page
