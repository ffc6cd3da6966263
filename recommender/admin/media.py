"""Who looks at images and listens to recordings, and how much of a storefront they have met."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy
from unfold.decorators import display

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import StorefrontFilter

from ..models import ItemVector, LiveMediaEncoder
from .language import counted


@admin.register(LiveMediaEncoder)
class LiveMediaEncoderAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No image or sound is read yet. An encoder appears here when a worker has read the media of items: "
        "manage.py embed_media"
    )
    list_display = ("storefront", "modality", "model", "dimensions", "coverage", "switched_at")
    list_filter = (StorefrontFilter, "modality")
    list_select_related = ("storefront",)
    search_fields = ("model", "fingerprint", "storefront__name")
    fields = ("storefront", "modality", "model", "dimensions", "coverage", "fingerprint", "switched_at")
    list_per_page = 20

    def get_queryset(self, request: HttpRequest) -> QuerySet[LiveMediaEncoder]:
        vectors = ItemVector.objects.filter(storefront=OuterRef("storefront"), encoder=OuterRef("fingerprint"))
        return super().get_queryset(request).annotate(vector_total=counted(vectors, "storefront"))

    @display(description=gettext_lazy("items with a vector"))
    def coverage(self, live: LiveMediaEncoder) -> str:
        return f"{live.vector_total:,}"
