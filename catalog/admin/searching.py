"""Search as lists need it where a table has millions of rows."""

from __future__ import annotations

from django.contrib.admin.utils import lookup_spawns_duplicates
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Field, Model, Q, QuerySet
from django.http import HttpRequest

from ..models import Storefront

#: Rows of another table that one exact word may name: the same id may stand in so many storefronts.
MOST_NAMED = 1_000
EXACT = "="


class SearchMixin:
    """Of `search_fields`, those with "=" are met by the whole term as it is written, the others hold each of its words.

    Exact ones are looked up before the list is asked, in their own tables and by their own indexes: as a condition
    over joined tables they would be compared row by row.
    """

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        names = self.get_search_fields(request)
        exact = [name.removeprefix(EXACT) for name in names if name.startswith(EXACT)]
        loose = [name for name in names if not name.startswith(EXACT)]
        wanted = Q(pk__in=[])
        for path in exact:
            wanted |= named(self.model, path, term)
        if loose:
            wanted |= Q(*(_holds(loose, word) for word in term.split()))
        return queryset.filter(wanted), any(lookup_spawns_duplicates(self.opts, path) for path in loose)


def named(model: type[Model], path: str, term: str) -> Q:
    """Rows of `model` whose `path` (a field, or one of a table that a foreign key leads to) is exactly `term`."""
    way, _, name = path.rpartition("__")
    if not way:
        return _equal(model, name, term)
    other = model._meta.get_field(way).related_model
    keys = other._default_manager.filter(_equal(other, name, term)).values_list("pk", flat=True)
    return Q(**{f"{way}__in": list(keys[:MOST_NAMED])})


def _equal(model: type[Model], name: str, term: str) -> Q:
    field: Field = model._meta.get_field(name)
    try:
        value = field.get_prep_value(field.to_python(term))
    except (ValidationError, ValueError):
        return Q(pk__in=[])  # such as a word where there are numbers
    equal = Q(**{name: value})
    # Unique within a storefront, so that the index begins with it.
    return equal & Q(storefront__in=_storefronts()) if _scoped(model) and not field.unique else equal


def _scoped(model: type[Model]) -> bool:
    try:
        return model._meta.get_field("storefront").related_model is Storefront
    except FieldDoesNotExist:
        return False


def _storefronts() -> list[int]:
    return list(Storefront.objects.values_list("pk", flat=True))


def _holds(paths: list[str], word: str) -> Q:
    wanted = Q()
    for path in paths:
        wanted |= Q(**{f"{path}__icontains": word})
    return wanted
