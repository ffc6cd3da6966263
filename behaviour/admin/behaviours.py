"""Behaviours: a log to read. Facts are sent by clients, and erased only with their person."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter, RangeDateTimeFilter
from unfold.decorators import display

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import OneStorefrontFilter, storefront_of_list
from catalog.admin.long_lists import LongListMixin
from catalog.admin.named import Calling, called
from catalog.schema import say, verticals_known

from ..kinds import Kind, kinds_for
from ..models import Behaviour
from .contexts import context_shown
from .served_lists import served_list


class KindFilter(DropdownFilter):
    """The kinds that the storefront's vertical knows; asking the table which it holds would read all of it."""

    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        storefront = storefront_of_list(request, "behaviour.view_behaviour")
        if storefront is None or storefront.vertical not in verticals_known():
            return []
        return [(kind.name, _label(kind)) for kind in kinds_for(storefront.vertical).values()]

    def queryset(self, request: HttpRequest, queryset):
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Behaviour)
class BehaviourAdmin(LongListMixin, Calling, ReadOnlyAdmin):
    empty_words = _(
        "No behaviour has arrived on this storefront yet. Each appears here as soon as the site sends it, or an "
        "import brings it."
    )
    list_display = ("occurred_at", "kind_shown", "person", "item", "value", "text_start", "event_id")
    list_display_links = ("occurred_at",)
    list_filter = (OneStorefrontFilter, KindFilter, ("occurred_at", RangeDateTimeFilter))
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("storefront", "person", "item")
    list_per_page = 50
    search_fields = ("=event_id", "=person__external_id", "=item__external_id")
    search_help_text = _("An event's, a person's or an item's id, exactly")
    fields = (
        "storefront", "person", "item", "kind_shown", "value", "text", "context_words",
        "occurred_at", "received_at", "event_id", "came_from",
    )  # fmt: skip

    def name_of(self, row: Behaviour) -> str:
        return f"{kind_label(row)} · {row.occurred_at:%Y-%m-%d %H:%M} UTC"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        behaviour = self.get_object(request, object_id)
        extra = called(behaviour, self.name_of(behaviour)) if behaviour else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=_("kind"), ordering="kind")
    def kind_shown(self, behaviour: Behaviour) -> str:
        return kind_label(behaviour)

    @display(description=_("text"))
    def text_start(self, behaviour: Behaviour) -> str:
        return f"{behaviour.text[:60]}…" if len(behaviour.text) > 60 else behaviour.text or "–"

    @display(description=_("context"))
    def context_words(self, behaviour: Behaviour) -> SafeString | str:
        return context_shown(behaviour.context)

    @display(description=_("came from the list"))
    def came_from(self, behaviour: Behaviour) -> SafeString | str:
        if behaviour.recommendation_id is None:
            return "–"
        if not hasattr(behaviour, "list_found"):  # Unfold asks for a field of a page several times
            behaviour.list_found = served_list(behaviour.recommendation_id)
        if behaviour.list_found is None:
            return gettext("a list that is gone")
        name, page = behaviour.list_found
        return format_html('<a class="rx-link" href="{}">{}</a>', page, name)


def kind_label(behaviour: Behaviour) -> str:
    """What was done, in the words of the storefront's vertical; the bare name where nobody knows better."""
    known = kinds_for(behaviour.storefront.vertical) if behaviour.storefront.vertical in verticals_known() else {}
    return _label(known[behaviour.kind]) if behaviour.kind in known else behaviour.kind


def _label(kind: Kind) -> str:
    return say(kind.label, get_language() or "en")
