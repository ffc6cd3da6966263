"""Figures of language runs are called by words, with their unit and over how many they were taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from django.urls import reverse

from recommender.admin.figure_words import VALUES, figure_name, figure_value, measure_name, taken_over
from recommender.contracts import FitOptions
from recommender.language.task import language_task
from recommender.models import Artifact
from recommender.models.runs import _flat
from tests.recommender.language.conftest import write_tiny_model
from tests.recommender.language.red_and_green import red_and_green
from tests.recommender.language.test_contrastive import LOOP
from tests.recommender.language.test_distillation import CORPUS
from tests.recommender.language.test_interest import QUICK
from tests.recommender.language.test_keywords import SETTINGS
from tests.recommender.language.test_pretraining import TINY
from tests.recommender.language.tiny import colourful, write_model

from .test_language import address, html

ONCE = {"epochs": 1}
#: Task → what it is taught with: the base's maker, its settings and its corpus.
TAUGHT: dict[str, tuple[str, Callable[..., Any], dict[str, Any], Callable[[], Any]]] = {
    "pretrain": ("pretrain", lambda at: write_model(at, "bert"), TINY | ONCE, lambda: colourful(40)),
    "contrastive": ("contrastive", write_tiny_model, {"withheld": 0.3, "loop": LOOP | ONCE}, red_and_green),
    "interest": ("interest", lambda at: write_model(at, "bert"), QUICK | ONCE, lambda: colourful(40)),
    "interest, privately": (
        "interest",
        lambda at: write_model(at, "bert"),
        QUICK | {"epsilon": 8.0, "private_steps": 1, "private_batch": 8},
        lambda: colourful(40),
    ),
    "distil": ("distil", write_tiny_model, {"layers": 1, "validation": 0.2, "batch_size": 8} | ONCE, lambda: CORPUS),
    "keywords": ("keywords", lambda at: "scratch", SETTINGS | ONCE, lambda: colourful(40)),
}
OTHERS = {
    "embed": {
        **dict.fromkeys(("items", "read", "failed", "shards", "dimensions"), 1),
        "next_item": {"questions": 1, "ndcg@10": 0.5, "ndcg@10_before": 0.4},
    },
    "write-keywords": {
        **dict.fromkeys(("persons", "persons_with_keywords", "keywords_each", "different_keywords"), 1),
        **dict.fromkeys(("in_vocabulary", "read", "seconds", "persons_per_second"), 1),
    },
    "adopted": {"dimensions": 384, "max_tokens": 256},
}


def nameless(task: str, figures: Mapping[str, Any]) -> list[str]:
    """Those whose name is their key still."""
    return [figure for figure, _value in _flat(figures) if figure_name(task, figure) == figure]


@pytest.mark.parametrize(
    "taught",
    [pytest.param(taught, marks=[pytest.mark.slow] * (taught[:8] in ("pretrain", "interest"))) for taught in TAUGHT],
)
def test_every_figure_that_a_language_task_writes_has_a_name(taught, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    slug, base, settings, corpus = TAUGHT[taught]
    task, product = language_task(slug), tmp_path / "product"
    product.mkdir()
    whole = {**settings, "base": str(base(tmp_path))}
    figures = task(task.configure(whole)).run(corpus(), product, FitOptions(checkpoint=tmp_path / "work"))
    assert nameless(slug, figures) == []
    curves = {name for one in figures.get("training", {}).get("evaluations", ()) for name in one}
    assert [name for name in curves if measure_name(name) == name] == []
    said = [(figure, value) for figure, value in _flat(figures) if isinstance(value, str) and " " in value]
    assert all(entry in VALUES for entry in said)


@pytest.mark.parametrize("task", OTHERS)
def test_every_figure_of_the_other_runs_has_a_name(task):
    assert nameless(task, OTHERS[task]) == []


def test_a_figure_that_nobody_named_is_called_by_its_key():
    assert figure_name("voice", "after.laughter") == "after.laughter"
    assert measure_name("laughter") == "laughter"


def test_a_figure_says_over_how_many_it_was_taken():
    figures = {"questions.train": 1000, "questions.validation": 250, "reasons.questions": 1, "auc": 0.8}
    assert taken_over("interest", "before.auc", figures) == "250 questions"
    assert taken_over("interest", "reasons.named", figures) == "1 question"
    assert taken_over("interest", "questions.train", figures) == ""
    assert taken_over("interest", "reasons.questions", figures) == ""
    assert taken_over("distil", "after.cosine", figures) == ""


def test_what_a_run_wrote_as_a_word_is_said_in_words():
    assert str(figure_value("objective", "causal")) == "to go on with a text"
    assert figure_value("teacher.base", "causal") == "causal"


def test_runs_side_by_side_name_their_figures(admin_client, model_of):
    one, other = model_of(), model_of(name="second")
    figures = {"auc": 0.9, "questions": {"validation": 250}, "laughter": 3}
    Artifact.objects.filter(pk=other.pk).update(manifest={**other.manifest, "figures": figures})
    page = html(admin_client, f"{reverse('admin:recommender_trainingrun_compare')}?runs={one.run_id},{other.run_id}")
    assert "AUC, before" in page and "before.auc" not in page
    assert "0.9000 (n: 250 questions)" in page
    assert "laughter" in page


def test_the_page_of_an_artifact_says_over_how_many(admin_client, model_of):
    model = model_of()
    figures = {**model.manifest["figures"], "questions": {"train": 1000, "validation": 250}}
    Artifact.objects.filter(pk=model.pk).update(manifest={**model.manifest, "figures": figures})
    page = html(admin_client, address(model))
    assert "Over how many" in page and "250 questions" in page
