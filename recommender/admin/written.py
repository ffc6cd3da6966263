"""What language models wrote: keywords of persons, and texts for pages. Workers write both."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.decorators import display

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import OneStorefrontFilter, StorefrontFilter
from catalog.admin.long_lists import LongListMixin
from catalog.admin.named import called

from ..models import GeneratedText, PersonKeywords
from .manifest import DASH
from .names import artifact_name

NAMED = 6


@admin.register(PersonKeywords)
class PersonKeywordsAdmin(LongListMixin, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No keywords have been written yet. They appear when a keyword writer is live and a worker has written "
        "for persons who allow it."
    )
    list_display = ("person", "first_keywords", "language", "writer", "generated_at")
    list_filter = (OneStorefrontFilter,)
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("person", "artifact")
    search_fields = ("=person__external_id",)
    list_per_page = 50
    fields = ("person", "keywords_shown", "language", "writer", "generated_at")

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        row = self.get_object(request, object_id)
        extra = called(row, _("Keywords of %(person)s") % {"person": row.person.external_id}) if row else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("keywords"))
    def first_keywords(self, row: PersonKeywords) -> str:
        words = [word for word, _score in row.keywords]
        return ", ".join(words[:NAMED]) + (" …" if len(words) > NAMED else "") or DASH

    @display(description=gettext_lazy("keywords, with how likely each is"))
    def keywords_shown(self, row: PersonKeywords) -> str:
        return ", ".join(f"{word} {score:.3f}" for word, score in row.keywords) or DASH

    @display(description=gettext_lazy("written by"))
    def writer(self, row: PersonKeywords) -> str:
        return artifact_name(row.artifact) if row.artifact else DASH


@admin.register(GeneratedText)
class GeneratedTextAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No text has been written yet. A worker writes them with manage.py word_texts, where a language model is set."
    )
    list_display = ("beginning", "kind", "language", "storefront", "model", "created_at")
    list_filter = (StorefrontFilter, ("kind", ChoicesDropdownFilter))
    list_select_related = ("storefront",)
    search_fields = ("key", "text", "model")
    list_per_page = 50
    fields = ("storefront", "kind", "key", "language", "text", "model", "fingerprint", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: GeneratedText | None = None) -> bool:
        """A text that should not stand there: the template's words take its place until it is worded anew."""
        return self.permits(request, "recommender.delete_generatedtext", obj)

    @display(description=gettext_lazy("text"))
    def beginning(self, row: GeneratedText) -> str:
        return str(row)
