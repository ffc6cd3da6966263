"""Neighbours: what is like an item, by each measure, and what an operator says of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin import site
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.generic import TemplateView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import storefronts_of
from catalog.admin.facets import facets_of, facets_shared
from catalog.models import Item, Storefront
from catalog.schema import schema_for, verticals_known

from ..models import ItemTie
from ..selectors import ties_rows
from ..services import ServiceError
from ..services.alikeness import Column, alike, persons_in_common
from ..services.ties import tie_add, tie_remove
from .names import artifact_name
from .neighbour_words import MEASURES, MISSING, SAID
from .pictures import picture_of
from .preview import Chosen
from .scope import called_by_title

VIEW, ADD, DELETE = (f"recommender.{action}_itemtie" for action in ("view", "add", "delete"))
SHOWN = 12
LISTED = 50  # newest ties of a storefront
PAGE = "admin:recommender_itemtie_neighbours"


class NeighboursForm(forms.Form):
    storefront = forms.ModelChoiceField(
        Storefront.objects.none(),
        label=gettext_lazy("Storefront"),
        to_field_name="slug",
        empty_label=None,
        required=False,
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    item = forms.ModelChoiceField(Item.objects.none(), label=gettext_lazy("Item"), required=False)

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        self.storefronts = list(storefronts.filter(vertical__in=verticals_known()))
        self.fields["storefront"].queryset = storefronts
        # Said here, where the rows are known already: a field asks for them anew whenever it is drawn.
        self.fields["storefront"].choices = [(one.slug, str(one)) for one in self.storefronts]
        self.fields["item"].widget = Chosen(ItemTie._meta.get_field("item"), site)
        self.fields["item"].queryset = Item.objects.filter(storefront__in=self.storefronts).select_related("storefront")


class TieForm(forms.Form):
    """Any other item of the storefront, also one that no column shows."""

    neighbour = forms.ModelChoiceField(
        Item.objects.none(),
        label=gettext_lazy("Another item, by its title or id"),
        error_messages={
            "required": gettext_lazy("Choose an item first: type a part of its title, or its id."),
            "invalid_choice": gettext_lazy("There is no such item, or it is of a storefront that is not yours."),
        },
    )

    def __init__(self, data=None, *, item: Item, storefronts: Iterable[Storefront]):
        super().__init__(data)
        self.item = item
        self.fields["neighbour"].widget = Chosen(ItemTie._meta.get_field("neighbour"), site)
        self.fields["neighbour"].queryset = Item.objects.filter(storefront__in=storefronts).select_related("storefront")

    def clean_neighbour(self) -> Item:
        neighbour = self.cleaned_data["neighbour"]
        if neighbour.storefront_id != self.item.storefront_id:
            said = {"item": neighbour.title, "other": neighbour.storefront, "storefront": self.item.storefront}
            raise forms.ValidationError(
                _("“%(item)s” is of %(other)s. Only items of %(storefront)s can be tied to this one.") % said
            )
        return neighbour


class NeighboursView(UnfoldModelAdminViewMixin, TemplateView):
    """GET shows; POST blocks, pins or takes back, and comes back here."""

    title = gettext_lazy("Neighbours")
    template_name = "admin/recommender/neighbours.html"
    permission_required = (VIEW, "catalog.view_item")
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **called_by_title(self)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        form = NeighboursForm(request.GET if request.GET else None, storefronts=storefronts_of(request, VIEW))
        storefront, item, shown = next(iter(form.storefronts), None), None, {}
        if form.is_bound and form.is_valid():
            item = form.cleaned_data["item"]
            storefront = item.storefront if item else form.cleaned_data["storefront"] or storefront
        if item is not None:
            # An item says of itself where it belongs: the form follows it.
            form.data = {"storefront": item.storefront.slug, "item": item.pk}
            try:
                shown = neighbours_of(request, item)
            except ServiceError as error:
                form.add_error(None, str(error))
        if storefront is not None:
            shown |= {"storefront": storefront, "newest": _newest(request, storefront)}
        return self.render_to_response(self.get_context_data(form=form, **shown))

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        asked = request.POST
        if asked.get("kind") == "undo":
            tie = _tie(request, asked.get("tie", ""))
            tie_remove(tie=tie, by=request.user)
            messages.success(request, _("Taken back: %(tie)s.") % {"tie": tie})
            return _back(asked.get("item", ""), tie.storefront)
        item = _item(request, asked.get("item", ""))
        form = TieForm(asked, item=item, storefronts=storefronts_of(request, ADD))
        if not form.is_valid():
            for error in form.errors["neighbour"]:
                messages.error(request, error)
            return _back(str(item.pk), item.storefront)
        neighbour = form.cleaned_data["neighbour"]
        try:
            tie = tie_add(
                storefront=item.storefront,
                item=item,
                neighbour=neighbour,
                kind=asked.get("kind", ""),
                by=request.user,
            )
        except ServiceError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, SAID[tie.kind] % {"item": item, "neighbour": neighbour})
        return _back(str(item.pk), item.storefront)


def neighbours_of(request: HttpRequest, item: Item, count: int = SHOWN) -> dict[str, Any]:
    """Variables of `neighbours_columns.html`: the first `count` of every column. Raises ServiceError.

    In how many columns an item stands is counted over as many as the page of neighbours shows.
    """
    found = alike(storefront=item.storefront, item=item, count=SHOWN)
    schema = schema_for(item.storefront.vertical)
    times = Counter(entry.item.pk for column in found for entry in column.entries)
    own = facets_of(item, schema)
    ties = list(ties_rows(item.pk).select_related("item", "neighbour", "created_by")[:200])
    by_other = {(tie.neighbour_id if tie.item_id == item.pk else tie.item_id, tie.kind): tie for tie in ties}
    common = {
        column.slug: persons_in_common(item, [entry.item for entry in column.entries[:count]])
        for column in found
        if column.slug == "behaviour" and column.entries
    }
    may_tie, may_undo = (_may(request, right, item.storefront) for right in (ADD, DELETE))
    return {
        "item": item,
        "about": {"picture": picture_of(item), "facets": [(label, ", ".join(all_)) for label, all_ in own.items()]},
        "columns": [
            _column(column, own, schema, times, by_other, common.get(column.slug, {}), count) for column in found
        ],
        "ties": [_tie_said(tie, item) for tie in ties],
        "may_tie": may_tie,
        "tie_form": TieForm(item=item, storefronts=[item.storefront]) if may_tie else None,
        "may_undo": may_undo,
        "page": reverse(PAGE),
    }


def _column(
    column: Column,
    own,
    schema,
    times: Counter,
    ties: Mapping[tuple[int, str], ItemTie],
    common: Mapping[int, int] | None,
    count: int = SHOWN,
) -> dict[str, Any]:
    """`common`: how many persons did something with each item and the one that is looked at; None: too many."""
    name, figure, measure = MEASURES[column.slug]
    missing, todo = MISSING.get(column.missing) or MISSING.get(f"{column.slug}.{column.missing}") or ("", "")
    return {
        "slug": column.slug,
        "name": name,
        "figure": figure,
        "measure": measure,
        "by": artifact_name(column.artifact) if column.artifact else column.encoder.model if column.encoder else "",
        "stood_in": column.stood_in,
        "missing": missing,
        "todo": reverse(todo) if todo else "",
        "entries": [
            {
                "item": entry.item,
                "picture": picture_of(entry.item),
                "similarity": f"{entry.similarity:.3f}",
                "facets": facets_shared(own, facets_of(entry.item, schema)),
                "common": _in_common(common, entry.item.pk),
                "columns": times[entry.item.pk],
                "block": ties.get((entry.item.pk, ItemTie.Kind.BLOCK)),
                "pin": ties.get((entry.item.pk, ItemTie.Kind.PIN)),
            }
            for entry in column.entries[:count]
        ],
    }


def _in_common(common: Mapping[int, int] | None, pk: int) -> str:
    """Empty where persons are not what the column goes by."""
    if common is None:
        return _("too many people to count")
    if (persons := common.get(pk)) is None:
        return ""
    return ngettext("%(n)s person did both", "%(n)s persons did both", persons) % {"n": f"{persons:,}"}


def _tie_said(tie: ItemTie, item: Item | None = None) -> dict[str, Any]:
    """As it is seen from `item`; a block holds from both sides."""
    other = tie.neighbour if item is None or tie.item_id == item.pk else tie.item
    return {"row": tie, "item": item or tie.item, "other": other, "is_pin": tie.kind == ItemTie.Kind.PIN}


def _newest(request: HttpRequest, storefront: Storefront) -> dict[str, Any]:
    rows = ItemTie.objects.filter(storefront=storefront).select_related("item", "neighbour", "created_by")
    found = list(rows.order_by("-id")[: LISTED + 1])
    return {
        "rows": [_tie_said(tie) for tie in found[:LISTED]],
        "more": len(found) > LISTED,
        "most": LISTED,
        "may_undo": _may(request, DELETE, storefront),
    }


def _may(request: HttpRequest, right: str, storefront: Storefront) -> bool:
    allowed = request.user.storefronts_allowed(right)
    return allowed is None or storefront.pk in allowed


def _item(request: HttpRequest, pk: str) -> Item:
    """One of a storefront where whoever asks may tie. Raises Http404, also for what is no id."""
    return _found(Item.objects.select_related("storefront"), storefronts_of(request, ADD), pk)


def _tie(request: HttpRequest, pk: str) -> ItemTie:
    rows = ItemTie.objects.select_related("item", "neighbour", "storefront")
    return _found(rows, storefronts_of(request, DELETE), pk)


def _found(rows: QuerySet, storefronts: Iterable[Storefront], pk: str) -> Any:
    known = pk.isascii() and pk.isdecimal() and len(pk) < 19
    row = rows.filter(storefront__in=storefronts, pk=int(pk)).first() if known else None
    if row is None:
        raise Http404(_("There is nothing here that you may tie."))
    return row


def _back(item: str, storefront: Storefront) -> HttpResponse:
    asked = {"storefront": storefront.slug} | ({"item": item} if item.isascii() and item.isdecimal() else {})
    return redirect(f"{reverse(PAGE)}?{urlencode(asked)}")
