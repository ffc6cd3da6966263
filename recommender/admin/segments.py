"""Segments: whom a condition is true of, how many they are, and what they are shown and like."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from unfold import widgets
from unfold.decorators import display

from behaviour.conditions import condition_read, fields_for
from behaviour.kinds import person_schema_for
from catalog.admin.access import ScopedAdmin, storefronts_of
from catalog.admin.filters import StorefrontFilter
from catalog.expressions import ExpressionError
from catalog.models import Storefront
from catalog.schema import Field, say

from ..models import Segment
from ..services.segments import Estimate, segment_estimate
from .charts import share_words
from .scope import span_words

LOOK, WRITE = "recommender.view_segment", "recommender.add_segment"
OPERATORS = {
    "number": ("=", "!=", "<", "<=", ">", ">="),
    "text": ("=", "!=", "in", "not in"),
    "boolean": ("=",),
}


class ConditionWidget(widgets.UnfoldAdminTextareaWidget):
    """The condition as text, with a builder above it that writes the text."""

    template_name = "admin/recommender/condition.html"
    storefronts: tuple[Storefront, ...] = ()

    def get_context(self, name: str, value: Any, attrs: dict | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"]["fields"] = {one.pk: builder_fields(one) for one in self.storefronts}
        context["widget"]["count_url"] = reverse("admin:recommender_segment_count")
        return context


def builder_fields(storefront: Storefront) -> list[dict[str, Any]]:
    """What the builder offers of a storefront; nothing that is sensitive."""
    try:
        fields = [*person_schema_for(storefront.vertical), *fields_for(storefront.vertical)]
    except LookupError:
        return []
    return [_offered(field) for field in fields if not field.sensitive]


def _offered(field: Field) -> dict[str, Any]:
    kind = "boolean" if field.type == "boolean" else "number" if field.type in ("integer", "number", "date") else "text"
    language = get_language() or "en"
    label = say(field.label, language) if field.label else ""
    return {
        "name": field.name,
        "label": f"{field.name} · {label}" if label else field.name,
        "quoted": field.type in ("text", "choice", "list", "date"),
        "operators": OPERATORS[kind],
        "choices": ["true", "false"] if kind == "boolean" else list(field.choices),
    }


class SegmentForm(forms.ModelForm):
    class Meta:
        model = Segment
        fields = ("storefront", "name", "slug", "condition", "active")
        widgets = {"condition": ConditionWidget(attrs={"rows": 3})}

    def clean(self) -> dict[str, Any]:
        """The error stands at the field, with the character that it is about."""
        cleaned = super().clean()
        storefront, text = cleaned.get("storefront"), cleaned.get("condition")
        if storefront and text:
            try:
                condition_read(text, storefront.vertical)
            except ExpressionError as error:
                self.add_error("condition", str(error))
            except LookupError as error:
                self.add_error("storefront", str(error))
        return cleaned


@admin.register(Segment)
class SegmentAdmin(ScopedAdmin):
    empty_words = gettext_lazy(
        "No segment has been made yet. A segment is a group of people that a condition describes; rules can be for one."
    )
    form = SegmentForm
    list_display = ("name", "storefront", "condition_start", "persons_shown", "ctr", "counted", "active")
    list_filter = (StorefrontFilter, "active")
    list_select_related = ("storefront",)
    search_fields = ("name", "slug", "condition")
    list_per_page = 50
    prepopulated_fields = {"slug": ("name",)}
    readonly_fields = ("persons_shown", "ctr", "overlap_shown", "topics_shown", "counted")

    def get_queryset(self, request: HttpRequest):
        return super().get_queryset(request).defer("members")

    def get_fieldsets(self, request: HttpRequest, obj: Segment | None = None):
        asked = (None, {"fields": ("storefront", "name", "slug", "condition", "active")})
        if obj is None:
            return (asked,)
        found = ("persons_shown", "ctr", "overlap_shown", "topics_shown", "counted")
        return (asked, (gettext_lazy("Who they are"), {"fields": found}))

    def get_form(self, request: HttpRequest, obj: Segment | None = None, **options: Any):
        form = super().get_form(request, obj, **options)
        if "condition" in form.base_fields:
            form.base_fields["condition"].widget.storefronts = tuple(storefronts_of(request, WRITE))
        return form

    def get_prepopulated_fields(self, request: HttpRequest, obj: Segment | None = None) -> dict:
        return self.prepopulated_fields if obj is None and self.has_add_permission(request) else {}

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(self.count_view)
        return [path("count/", view, name="recommender_segment_count"), *super().get_urls()]

    def count_view(self, request: HttpRequest) -> HttpResponse:
        """How many persons a condition that is being written is true of. For htmx."""
        if not self.has_view_permission(request):
            return HttpResponse(status=403)
        chosen = request.GET.get("storefront", "")
        storefront = storefronts_of(request, LOOK).filter(pk=chosen).first() if chosen.isdecimal() else None
        text, context = request.GET.get("condition", "").strip(), {}
        if storefront is None:
            context["hint"] = _("Choose a storefront first.")
        elif not text:
            context["hint"] = _("Write a condition, or add one above.")
        else:
            try:
                estimate: Estimate = segment_estimate(storefront=storefront, condition=text)
                context["estimate"] = estimate
            except ExpressionError as error:
                context["error"] = str(error)
            except LookupError as error:
                context["error"] = str(error)
        return render(request, "admin/recommender/condition_count.html", context)

    @display(description=gettext_lazy("condition"), ordering="condition")
    def condition_start(self, segment: Segment) -> str:
        return segment.condition if len(segment.condition) <= 80 else f"{segment.condition[:79]}…"

    @display(description=gettext_lazy("persons"), ordering="persons")
    def persons_shown(self, segment: Segment) -> str:
        return f"{segment.persons:,}" if segment.counted_at else _("not counted yet")

    @display(description=gettext_lazy("click-through rate, 7 days"))
    def ctr(self, segment: Segment) -> str:
        if not segment.seen:
            return "–"
        said = {"rate": share_words(segment.clicked / segment.seen), "n": f"{segment.seen:,}"}
        return _("%(rate)s of %(n)s lists seen") % said

    @display(description=gettext_lazy("counted"), ordering="counted_at")
    def counted(self, segment: Segment) -> str:
        if segment.counted_at is None:
            return _("A worker counts every 10 minutes.")
        return _("%(ago)s ago") % {"ago": span_words(timezone.now() - segment.counted_at)}

    @display(description=gettext_lazy("shares persons with"))
    def overlap_shown(self, segment: Segment) -> str | SafeString:
        if not segment.overlap:
            return _("no other segment")
        names = dict(Segment.objects.filter(storefront=segment.storefront_id).values_list("slug", "name"))
        rows = [
            (names.get(slug, slug), f"{shared:,}", share_words(shared / segment.persons))
            for slug, shared in sorted(segment.overlap, key=lambda row: -row[1])
        ]
        return _table((_("Segment"), _("Persons in both"), _("Share of this one")), rows)

    @display(description=gettext_lazy("topics that they like more than others"))
    def topics_shown(self, segment: Segment) -> str | SafeString:
        rows = [(topic, share_words(own), share_words(all_)) for topic, own, all_ in segment.topics]
        if not rows:
            return _("none known")
        return _table((_("Topic"), _("Of them"), _("Of everybody")), rows)


def _table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> SafeString:
    head = format_html_join("", '<th scope="col">{}</th>', ((one,) for one in heads))
    body = format_html_join("", '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>', rows)
    return format_html(
        '<div class="rx-scroll"><table class="rx-table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>',
        head,
        body,
    )
