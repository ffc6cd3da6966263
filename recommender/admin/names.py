"""What operators read in place of the slugs that rows hold. Whatever has lost its plugin is shown as its slug."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..language.task import NAMES
from ..models import Artifact, Deployment, LanguageDeployment, TrainingRun

#: How an evaluation asks its questions.
PROTOCOL_NAMES = {
    "leave-one-out": _("Leave one out"),
    "global-time": _("Global time"),
    "random": _("Random"),
}

#: Lists that every storefront has, whatever places its vertical declares.
LISTS = {
    "popular": _("Popular now"),
    "new": _("Newest"),
    "category": _("Topic page"),
    "continue": _("Going on where one stopped"),
    "following": _("By those who are followed"),
    "person": _("A person’s page"),
    "other_views": _("Other views of a story"),
    "story": _("More of a story"),
}


#: What brought an item into a list.
SOURCES = {
    "model": _("the live model"),
    "fresh": _("new item, from its text"),
    "popular": _("popular"),
    "words": _("words"),
    "meaning": _("meaning"),
    "both": _("words and meaning"),
    "similar": _("similar to the item of the page"),
    "explored": _("drawn by chance, to explore"),
    "together": _("bought together"),
    "continue": _("begun and not finished"),
    "next_part": _("next part of a series"),
    "following": _("by somebody who is followed"),
    "person": _("by the person of the page"),
    "other_views": _("another view of the story"),
    "story": _("in the same story"),
    "rule": _("a rule of an operator"),
}


#: What runs do that neither train an algorithm nor teach a language model.
OTHER_TASKS = {
    TrainingRun.CHANGE_ENCODER: _("Item vectors"),
    TrainingRun.WRITE_KEYWORDS: _("Keywords of persons"),
}


def algorithm_name(slug: str) -> str:
    """Of an algorithm, or of the language task that an artifact or a run stands for in its place."""
    found = registry.algorithms().get(slug)
    return say(found.name, _language()) if found else task_name(slug)


def task_name(slug: str) -> str:
    if slug in NAMES:
        return say(NAMES[slug], _language())
    return str(OTHER_TASKS.get(slug, slug))


def run_name(run: TrainingRun) -> str:
    """What is trained."""
    return algorithm_name(run.algorithm) if run.task == TrainingRun.RANKING else task_name(run.task)


def artifact_name(artifact: Artifact) -> str:
    return f"{algorithm_name(artifact.algorithm)} #{artifact.pk}"


def deployment_name(deployment: Deployment | LanguageDeployment) -> str:
    return f"{artifact_name(deployment.artifact)} · {deployment.storefront}"


class Named(SimpleLazyObject):
    """A row whose place among the breadcrumbs is called `name`: they show `str(row)`, which is made of slugs."""

    def __init__(self, row: Model, name: str):
        super().__init__(lambda: row)
        self.__dict__["name_shown"] = name

    def __str__(self) -> str:
        return self.__dict__["name_shown"]


def called(row: Model, name: str) -> dict[str, Any]:
    """What the page of a row is given, so that it is called `name` in its title and among its breadcrumbs."""
    return {"original": Named(row, name), "subtitle": name}


def vertical_name(slug: str) -> str:
    found = registry.verticals().get(slug)
    return say(found.name, _language()) if found else slug


def placement_names(storefront: Storefront) -> dict[str, str]:
    """Slug → name of every place of the storefront where a list is served."""
    vertical = registry.verticals().get(storefront.vertical)
    places = vertical.placements if vertical else ()
    return {place.slug: say(place.name, _language()) for place in places} | {k: str(v) for k, v in LISTS.items()}


def placement_name(storefront: Storefront, slug: str) -> str:
    return placement_names(storefront).get(slug, slug)


def protocol_name(slug: str) -> str:
    return str(PROTOCOL_NAMES.get(slug, slug))


def _language() -> str:
    return get_language() or "en"
