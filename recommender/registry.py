"""What is installed: built-ins by dotted path, third parties by entry point. Loaded on first use.

Installing a plugin makes it available; an operator activates it by giving a storefront its vertical or by
training its algorithm. A plugin that cannot be loaded is left out and reported by `manage.py check`.
"""

from __future__ import annotations

import logging
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from behaviour.kinds import kinds_register
from catalog.schema import schema_register

from .algorithms import BUILT_IN as ALGORITHMS
from .algorithms import algorithm_register
from .contracts import CONTRACT_VERSION, Algorithm, Vertical

logger = logging.getLogger(__name__)

# By path, for verticals stand above the registry that loads them.
VERTICALS = (
    "recommender.verticals.ecommerce.vertical:VERTICAL",
    "recommender.verticals.health.vertical:VERTICAL",
    "recommender.verticals.news.vertical:VERTICAL",
    "recommender.verticals.social.vertical:VERTICAL",
    "recommender.verticals.video.vertical:VERTICAL",
)


class PluginError(Exception):
    """A plugin declares something that does not fit the contract."""


def verticals() -> dict[str, Vertical]:
    """Installed verticals by slug."""
    return dict(_verticals()[0])


def algorithms() -> dict[str, type[Algorithm]]:
    """Installed algorithms by slug."""
    return dict(_algorithms()[0])


def vertical(slug: str) -> Vertical:
    """Raises LookupError that lists what is installed."""
    return _find(_verticals()[0], slug, "vertical")


def algorithm(slug: str) -> type[Algorithm]:
    """Raises LookupError that lists what is installed."""
    return _find(_algorithms()[0], slug, "algorithm")


def problems() -> list[str]:
    """One sentence for each plugin that could not be loaded."""
    return [*_verticals()[1], *_algorithms()[1]]


def push_down() -> None:
    """Give each vertical's schemas and kinds to the apps below, which do not know this one."""
    for slug, declared in verticals().items():
        schema_register(slug, declared.item_schema)
        kinds_register(
            slug,
            declared.kinds,
            declared.person_schema,
            sensitive_categories=declared.sensitive_categories,
            consent_required=declared.consent_required,
        )


def reload() -> None:
    """Forget what was loaded: after a plugin came or went in a running process (tests, mostly)."""
    _verticals.cache_clear()
    _algorithms.cache_clear()
    push_down()


@cache
def _verticals() -> tuple[dict[str, Vertical], list[str]]:
    return _load(VERTICALS, "recommender.verticals", _checked_vertical)


@cache
def _algorithms() -> tuple[dict[str, type[Algorithm]], list[str]]:
    found, problems = _load(ALGORITHMS, "recommender.algorithms", _checked_algorithm)
    for declared in found.values():
        algorithm_register(declared)  # so that a blend can have a third party's algorithm as a member
    return found, problems


def _load(built_in: tuple[str, ...], group: str, checked) -> tuple[dict[str, Any], list[str]]:
    found: dict[str, Any] = {}
    problems: list[str] = []
    for path in built_in:
        module, _, name = path.partition(":")
        declared = checked(getattr(import_module(module), name), path)
        found[declared.slug] = declared
    for entry in entry_points(group=group):
        source = f"{entry.name} = {entry.value}"
        try:
            declared = checked(entry.load(), source)
            if declared.slug in found:
                raise PluginError(f"{source}: the name {declared.slug!r} is taken; a plugin needs one of its own.")
        # Whatever a third party's module does while it is imported must not keep the platform from starting.
        except Exception as error:
            logger.warning("Plugin %s was left out: %s", source, error)
            problems.append(f"Plugin {source} was left out: {error}")
            continue
        found[declared.slug] = declared
    return found, problems


def _checked_vertical(declared: Any, source: str) -> Vertical:
    if not isinstance(declared, Vertical):
        raise PluginError(f"{source} must be a recommender.contracts.Vertical, not {type(declared).__name__}.")
    major, minor = declared.contract
    if major != CONTRACT_VERSION[0] or minor > CONTRACT_VERSION[1]:
        raise PluginError(
            f"{source} is written for contract {major}.{minor}; this platform has "
            f"{CONTRACT_VERSION[0]}.{CONTRACT_VERSION[1]}. Install a matching release of the plugin."
        )
    return declared


def _checked_algorithm(declared: Any, source: str) -> type[Algorithm]:
    if not (isinstance(declared, type) and issubclass(declared, Algorithm)):
        raise PluginError(f"{source} must be a subclass of recommender.contracts.Algorithm.")
    missing = [name for name in ("slug", "name", "summary", "Config") if not hasattr(declared, name)]
    if missing:
        raise PluginError(f"{source} does not declare {', '.join(missing)}.")
    return declared


def _find(found: dict[str, Any], slug: str, what: str) -> Any:
    try:
        return found[slug]
    except KeyError:
        raise LookupError(f"No {what} named {slug!r} is installed. Installed: {', '.join(sorted(found))}.") from None
