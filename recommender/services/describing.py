"""What is live on a storefront, for people who want to know how it works. Every figure is read from rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from behaviour.kinds import HIDE_TOPIC, Kind, kinds_for
from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..models import Artifact, Deployment, LanguageDeployment, LiveEncoder
from .answers import installed_vertical


@dataclass(frozen=True)
class LiveModel:
    """`learned`: numbers of what it learned from, where the artifact says so; `since`: when it went live."""

    name: str
    since: datetime
    interactions: int | None = None
    persons: int | None = None
    items: int | None = None
    learned_until: datetime | None = None


@dataclass(frozen=True)
class Described:
    models: list[LiveModel]
    speaks_for: list[str]  # labels of kinds, the weightiest first
    speaks_against: list[str]
    by_value: list[str]  # kinds that do either, depending on their value
    hides: list[str]
    says_nothing: list[str]
    encoder: LiveEncoder | None
    interest_since: datetime | None
    keywords_since: datetime | None
    rules: list[str]  # what they see to, in a few words
    popularity: bool
    consent_required: bool


def described(*, storefront: Storefront, language: str) -> Described:
    """Raises ServiceError where the storefront's plugin has gone missing."""
    vertical = installed_vertical(storefront)
    kinds = sorted(kinds_for(storefront.vertical).values(), key=lambda kind: -kind.weight)
    live = Deployment.objects.filter(storefront=storefront, active=True).select_related("artifact").order_by("pk")
    language_live = dict(
        LanguageDeployment.objects.filter(storefront=storefront, active=True).values_list("product", "activated_at")
    )

    def labels(wanted) -> list[str]:
        return list(dict.fromkeys(say(kind.label, language) or kind.name for kind in kinds if wanted(kind)))

    return Described(
        models=[_model(deployment, language) for deployment in live],
        speaks_for=labels(lambda kind: _side(kind) > 0),
        speaks_against=labels(lambda kind: _side(kind) < 0 and not kind.hides),
        by_value=labels(lambda kind: kind.neutral_value is not None and kind.polarity != "neutral"),
        hides=labels(lambda kind: kind.hides or kind.name == HIDE_TOPIC),
        says_nothing=labels(lambda kind: kind.polarity == "neutral" and kind.name != HIDE_TOPIC),
        encoder=LiveEncoder.objects.filter(storefront=storefront).first(),
        interest_since=language_live.get(Artifact.Product.INTEREST),
        keywords_since=language_live.get(Artifact.Product.KEYWORDS),
        rules=[say(getattr(rule, "name", rule.reason), language) for rule in vertical.rules],
        popularity=vertical.popularity,
        consent_required=vertical.consent_required,
    )


def _side(kind: Kind) -> int:
    """1 for kinds that speak for an item, -1 against it, 0 for those that depend on a value or say nothing."""
    if kind.polarity == "neutral" or kind.neutral_value is not None:
        return 0
    return 1 if kind.polarity == "positive" else -1


def _model(deployment: Deployment, language: str) -> LiveModel:
    artifact = deployment.artifact
    algorithm = registry.algorithms().get(artifact.algorithm)
    data = artifact.manifest.get("data", {})
    return LiveModel(
        say(algorithm.name, language) if algorithm else artifact.algorithm,
        deployment.activated_at,
        data.get("interactions"),
        data.get("persons"),
        data.get("items"),
        learned_until(artifact),
    )


def learned_until(artifact: Artifact) -> datetime | None:
    """The newest thing that the artifact has learned from; None where it does not say."""
    until = artifact.manifest.get("data", {}).get("until")
    return parse_datetime(until) if isinstance(until, str) else None
