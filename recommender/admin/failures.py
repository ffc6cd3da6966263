"""Items that an encoder could not read, and the button that has them tried again."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import display

from catalog.admin.access import ReadOnlyAdmin, scoped
from catalog.admin.filters import StorefrontFilter

from ..models import EmbeddingFailure
from ..selectors import MOST_ATTEMPTS
from ..services import failures_retry
from .manifest import DASH

RIGHT = "recommender.add_trainingrun"


@admin.register(EmbeddingFailure)
class EmbeddingFailureAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "Every item could be read. One whose text an encoder cannot read appears here, with why, and leaves when "
        "it could be read."
    )
    list_display = ("item_shown", "storefront", "attempts_shown", "next_shown", "start_of_encoder", "error_shown")
    list_filter = (StorefrontFilter,)
    list_select_related = ("item", "storefront")
    search_fields = ("=item__external_id", "item__title", "error")
    list_per_page = 50
    actions = ("retry",)
    fields = ("item_link", "storefront", "attempts_shown", "next_words", "encoder", "error")

    def has_retry_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm(RIGHT)

    @admin.action(description=gettext_lazy("Try again now"), permissions=["retry"])
    def retry(self, request: HttpRequest, queryset: QuerySet[EmbeddingFailure]) -> None:
        count = failures_retry(
            failures=scoped(request, EmbeddingFailure.objects.filter(pk__in=queryset.values("pk")), RIGHT)
        )
        text = ngettext("%(n)s item is tried again.", "%(n)s items are tried again.", count)
        messages.success(request, text % {"n": count})

    @display(description=gettext_lazy("item"), ordering="item__title")
    def item_shown(self, failure: EmbeddingFailure) -> str:
        return failure.item.title

    @display(description=gettext_lazy("item"))
    def item_link(self, failure: EmbeddingFailure) -> SafeString:
        page = reverse("admin:catalog_item_change", args=[failure.item_id])
        return format_html('<a class="rx-link" href="{}">{}</a>', page, failure.item.title)

    @display(description=gettext_lazy("attempts"), ordering="attempts")
    def attempts_shown(self, failure: EmbeddingFailure) -> str:
        return f"{failure.attempts} / {MOST_ATTEMPTS}"

    @display(description=gettext_lazy("next attempt"), ordering="next_try_at")
    def next_shown(self, failure: EmbeddingFailure):
        """None, shown as a dash, where there will be none unless somebody asks for it."""
        return failure.next_try_at if failure.attempts < MOST_ATTEMPTS else None

    @display(description=gettext_lazy("next attempt"))
    def next_words(self, failure: EmbeddingFailure) -> str:
        """The same on the page of one, where Django would show a moment as Python does."""
        at = self.next_shown(failure)
        return f"{at:%Y-%m-%d %H:%M} UTC" if at else DASH

    @display(description=gettext_lazy("encoder"))
    def start_of_encoder(self, failure: EmbeddingFailure) -> str:
        return failure.encoder[:8]

    @display(description=gettext_lazy("error"))
    def error_shown(self, failure: EmbeddingFailure) -> str:
        return failure.error[:200]
