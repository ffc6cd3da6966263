"""What operators read in place of the slugs that rows hold. Whatever has lost its plugin is shown as its slug."""

from __future__ import annotations

from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..language.task import NAMES
from ..models import Artifact, Deployment, LanguageDeployment, TrainingRun

#: How an evaluation asks its questions.
PROTOCOL_NAMES = {
    "leave-one-out": gettext_lazy("Leave one out"),
    "global-time": gettext_lazy("Global time"),
    "random": gettext_lazy("Random"),
}

#: Lists that every storefront has, whatever places its vertical declares.
LISTS = {
    "popular": gettext_lazy("Popular now"),
    "new": gettext_lazy("Newest"),
    "category": gettext_lazy("Topic page"),
    "continue": gettext_lazy("Going on where one stopped"),
    "following": gettext_lazy("By those who are followed"),
    "person": gettext_lazy("A person’s page"),
    "other_views": gettext_lazy("Other views of a story"),
    "story": gettext_lazy("More of a story"),
}


#: What brought an item into a list.
SOURCES = {
    "model": gettext_lazy("the live model"),
    "fresh": gettext_lazy("new item, from its text"),
    "popular": gettext_lazy("popular"),
    "words": gettext_lazy("words"),
    "meaning": gettext_lazy("meaning"),
    "both": gettext_lazy("words and meaning"),
    "similar": gettext_lazy("similar to the item of the page"),
    "explored": gettext_lazy("drawn by chance, to explore"),
    "keywords": gettext_lazy("by the keywords of the person"),
    "together": gettext_lazy("bought together"),
    "continue": gettext_lazy("begun and not finished"),
    "next_part": gettext_lazy("next part of a series"),
    "following": gettext_lazy("by somebody who is followed"),
    "person": gettext_lazy("by the person of the page"),
    "other_views": gettext_lazy("another view of the story"),
    "story": gettext_lazy("in the same story"),
    "rule": gettext_lazy("a rule of an operator"),
}


#: What runs do that neither train an algorithm nor teach a language model.
OTHER_TASKS = {
    TrainingRun.CHANGE_ENCODER: gettext_lazy("Item vectors"),
    TrainingRun.WRITE_KEYWORDS: gettext_lazy("Keywords of persons"),
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


def source_names(storefront: Storefront) -> dict[str, str]:
    """Slug → name of every source of the storefront's lists: those of all, and those that its vertical adds."""
    vertical = registry.verticals().get(storefront.vertical)
    reasons = vertical.source_reasons if vertical else {}
    own = {slug: begun_small(say(words, _language())) for slug, words in reasons.items() if slug not in SOURCES}
    return {slug: str(name) for slug, name in SOURCES.items()} | own


def begun_small(words: str) -> str:
    """Reasons are sentences; among names of sources they begin as those do. What is spelt in capitals stays so."""
    return words[:1].lower() + words[1:] if words[1:2].islower() else words


def person_name(external_id: str) -> str:
    """Somebody's id as a heading, which says what it is once: many ids begin with the word."""
    return external_id if external_id.casefold().startswith("person") else _("Person %(id)s") % {"id": external_id}


def protocol_name(slug: str) -> str:
    return str(PROTOCOL_NAMES.get(slug, slug))


def _language() -> str:
    return get_language() or "en"
