"""The audit log: every change with its before and after, and whether the chain is whole."""

from __future__ import annotations

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from unfold.contrib.filters.admin import RangeDateTimeFilter
from unfold.decorators import action, display

from catalog.admin.access import ReadOnlyAdmin
from catalog.admin.filters import StorefrontFilter
from catalog.admin.long_lists import LongListMixin
from catalog.admin.named import Calling, called

from ..models import AuditEntry
from ..services.audit import audit_before_newest, audit_verify
from .audit_words import action_words, changes_of, subject_words
from .manifest import DASH
from .stored_words import stored_words

AT_ONCE = 10_000  # entries that a page checks: less than a second


@admin.register(AuditEntry)
class AuditEntryAdmin(LongListMixin, Calling, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "Nothing has been changed yet. Every change that an operator makes is written down here, with what was "
        "before and after."
    )
    list_display = ("at", "who", "action_shown", "what", "where", "reason_shown")
    list_display_links = ("at",)
    list_filter = (StorefrontFilter, ("at", RangeDateTimeFilter))
    list_select_related = ("storefront",)
    search_fields = ("actor_name", "action", "subject_name", "reason")
    list_per_page = 50
    actions_list = ("verify",)
    fields = ("at", "who", "action_shown", "what", "where", "reason_shown", "changes", "previous", "digest")

    @action(description=gettext_lazy("Check the chain"), url_path="verify", permissions=["view"], icon="link")
    def verify(self, request: HttpRequest) -> HttpResponse:
        start = audit_before_newest(AT_ONCE)
        broken = audit_verify(start)
        if broken is None and start is not None:
            messages.success(
                request,
                _(
                    "The newest %(n)s entries are whole: nobody changed or took out one. For all of them, run "
                    "manage.py audit on the server."
                )
                % {"n": f"{AT_ONCE:,}"},
            )
        elif broken is None:
            messages.success(request, _("The chain is whole: nobody changed or took out an entry."))
        else:
            messages.error(
                request,
                _("The chain breaks at entry %(n)s: it was changed, or one before it is gone.") % {"n": broken.pk},
            )
        return redirect(reverse("admin:recommender_auditentry_changelist"))

    def name_of(self, row: AuditEntry) -> str:
        return f"{subject_words(row)} · {action_words(row.action)}"

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        entry = self.get_object(request, object_id)
        extra = called(entry, self.name_of(entry)) if entry else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("by"), ordering="actor_name")
    def who(self, entry: AuditEntry) -> str:
        return entry.actor_name or _("the platform")

    @display(description=gettext_lazy("action"), ordering="action")
    def action_shown(self, entry: AuditEntry) -> str:
        return action_words(entry.action)

    @display(description=pgettext_lazy("in the log", "what"))
    def what(self, entry: AuditEntry) -> str:
        return subject_words(entry)

    @display(description=gettext_lazy("where"))
    def where(self, entry: AuditEntry) -> str:
        return entry.storefront.name if entry.storefront_id and entry.storefront else DASH

    @display(description=gettext_lazy("reason"), ordering="reason")
    def reason_shown(self, entry: AuditEntry) -> str:
        return stored_words(entry.reason) or DASH

    @display(description=gettext_lazy("before and after"))
    def changes(self, entry: AuditEntry) -> SafeString | str:
        # Unfold asks for a field of a page several times.
        if not hasattr(entry, "changes_shown"):
            entry.changes_shown = changes_of(entry)
        found = entry.changes_shown
        if not found:
            return DASH
        sides = {"had_before": entry.before is not None, "has_after": entry.after is not None}
        return render_to_string("admin/recommender/audit_changes.html", {"changes": found, **sides})
