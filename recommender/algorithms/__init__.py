"""The built-in algorithms, one a file. Nothing is imported until somebody asks for one."""

from __future__ import annotations

from importlib import import_module

from ..contracts import Algorithm

#: "module:class" of each algorithm, for the registry.
BUILT_IN = (
    "recommender.algorithms.popularity:Popularity",
    "recommender.algorithms.ease:Ease",
    "recommender.algorithms.graph:Graph",
    "recommender.algorithms.content:Content",
    "recommender.algorithms.baskets:Baskets",
    "recommender.algorithms.next_item:NextItem",
    "recommender.algorithms.blend:Blend",
)

_classes: dict[str, type[Algorithm]] = {}


def algorithm_register(algorithm: type[Algorithm]) -> None:
    """Make an algorithm known by its slug, so that blends can have it as a member. The registry calls this."""
    _classes[algorithm.slug] = algorithm


def algorithm_class(slug: str) -> type[Algorithm]:
    """The algorithm with this slug. Raises LookupError that lists those there are."""
    if slug not in _classes:
        for path in BUILT_IN:
            module, name = path.split(":")
            built_in = getattr(import_module(module), name)
            _classes.setdefault(built_in.slug, built_in)
    try:
        return _classes[slug]
    except KeyError:
        raise LookupError(f"There is no algorithm {slug!r}; there are: {', '.join(sorted(_classes))}.") from None
