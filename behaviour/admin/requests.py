"""Privacy requests: what is due by when, what each store answered, and the buttons that carry out or refuse one."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter, DropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ScopedAdmin, confirmation, in_words, object_or_404, scoped, storefronts_of
from catalog.admin.filters import StorefrontFilter
from catalog.models import Storefront

from ..models import Consent, PrivacyRequest
from ..services import RequestError, erased_digest, request_carry_out, request_refuse
from .erasing import EraseForm, erasure_log, request_address
from .receipts import receipts_shown
from .request_forms import EnterForm, RefuseForm

Kind, State = PrivacyRequest.Kind, PrivacyRequest.State
SOON = timedelta(days=7)
#: How urgent it is → the colour beside the words.
DUE_LEVELS = {"overdue": "danger", "soon": "warning", "later": "", "closed": ""}


class StateFilter(DropdownFilter):
    title = gettext_lazy("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("overdue", _("overdue")), *State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet) -> QuerySet:
        if self.value() == "overdue":
            return overdue(queryset)
        return queryset.filter(state=self.value()) if self.value() in State.values else queryset


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ScopedAdmin):
    """Rows are entered here and by those who ask; none is ever written over or taken out."""

    list_display = ("number", "kind_label", "who", "storefront", "came", "received_at", "state_label", "due")
    list_display_links = ("number",)
    list_filter = (
        StorefrontFilter,
        StateFilter,
        ("kind", ChoicesDropdownFilter),
        ("came", ChoicesDropdownFilter),
    )
    list_select_related = ("storefront", "person")
    search_fields = ("=person__external_id",)
    search_help_text = gettext_lazy("A person's id, exactly; also that of somebody who was erased")
    list_per_page = 50
    show_full_result_count = False
    ordering = ("-id",)
    actions_detail = ("carry_out", "refuse")

    def get_form(self, request: HttpRequest, obj: PrivacyRequest | None = None, change: bool = False, **options):
        if obj is None:
            options["form"] = EnterForm
        form = super().get_form(request, obj, change=change, **options)
        if obj is None:
            form.by = request.user
        return form

    def get_fieldsets(self, request: HttpRequest, obj: PrivacyRequest | None = None):
        if obj is None:
            return [(None, {"fields": ["storefront", "external_id", "kind", "purposes", "came", "received_on"]})]
        about = ["storefront", "who_linked", "kind_words", "came", "received_at", "state_words", "due_shown", "done_at"]
        if obj.kind == Kind.OBJECT:
            about.insert(3, "objects_to")
        if obj.reason:
            about.append("reason")
        return [(None, {"fields": about}), (_("What each store answered"), {"fields": ["receipts_table"]})]

    def get_readonly_fields(self, request: HttpRequest, obj: PrivacyRequest | None = None) -> list[str]:
        return [name for _title, part in self.get_fieldsets(request, obj) for name in part["fields"]] if obj else []

    def has_change_permission(self, request: HttpRequest, obj: PrivacyRequest | None = None) -> bool:
        return False  # what was asked and answered stands; the buttons carry out and refuse

    def has_delete_permission(self, request: HttpRequest, obj: PrivacyRequest | None = None) -> bool:
        return False  # it is the proof that it was done

    def has_close_permission(self, request: HttpRequest, obj: PrivacyRequest | str | None = None) -> bool:
        return self.permits(request, "behaviour.change_privacyrequest", obj)

    def get_actions_detail(self, request: HttpRequest, object_id: str) -> list:
        row = self.get_object(request, object_id)
        return super().get_actions_detail(request, object_id) if row and row.state == State.OPEN else []

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        found, several = super().get_search_results(request, queryset, search_term)
        if not (term := search_term.strip()):
            return found, several
        shops = storefronts_of(request, "behaviour.view_privacyrequest").values_list("pk", flat=True)
        erased = Q(digest__in=[erased_digest(pk, term) for pk in shops])
        return queryset.filter(Q(pk__in=found.values("pk")) | erased), several

    def save_model(self, request: HttpRequest, obj: PrivacyRequest, form: EnterForm, change: bool) -> None:
        """`EnterForm` has made the row: by the service, as everybody's requests are."""

    @action(
        description=gettext_lazy("Carry out"),
        url_path="carry-out",
        permissions=["close"],
        icon="task_alt",
        variant=ActionVariant.PRIMARY,
    )
    def carry_out(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = object_or_404(self, request, object_id)
        if row.state != State.OPEN or row.person is None:
            messages.warning(request, _("This request is closed already."))
            return redirect(request_address(row))
        if row.kind == Kind.ERASE:
            return self._erase(request, row)
        if request.method == "POST":
            return self._carried_out(request, row)
        title, explanation, button = WORDS[row.kind]
        said = {"title": title, "explanation": explanation, "button": button}
        return confirmation(self, request, row, **{name: str(words) for name, words in said.items()})

    @action(description=gettext_lazy("Refuse"), url_path="refuse", permissions=["close"], icon="block")
    def refuse(self, request: HttpRequest, object_id: str) -> HttpResponse:
        row = object_or_404(self, request, object_id)
        form = RefuseForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                request_refuse(request=row, reason=form.cleaned_data["reason"], by=request.user)
                messages.success(request, _("The request is refused. Tell the person why."))
            except RequestError as error:
                messages.error(request, str(error))
            return redirect(request_address(row))
        return confirmation(
            self,
            request,
            row,
            title=_("Refuse this request?"),
            explanation=_("The person has a right to know why, and may complain to an authority."),
            button=_("Refuse"),
            form=form,
        )

    def _carried_out(self, request: HttpRequest, row: PrivacyRequest) -> HttpResponse:
        try:
            held = request_carry_out(request=row, by=request.user)
        except RequestError as error:
            messages.error(request, str(error))
            return redirect(request_address(row))
        if held is None:
            messages.success(request, _("The request is carried out."))
            return redirect(request_address(row))
        content = json.dumps(held, indent=2, ensure_ascii=False, default=str)
        response = HttpResponse(content, content_type="application/json")
        response["Content-Disposition"] = f'attachment; filename="request-{row.pk}.json"'
        return response

    def _erase(self, request: HttpRequest, row: PrivacyRequest) -> HttpResponse:
        if not self.permits(request, "behaviour.delete_person", row):
            messages.error(request, _("Your role does not allow you to erase persons of this storefront."))
            return redirect(request_address(row))
        person = row.person
        form = EraseForm(person, request.POST if request.method == "POST" else None)
        if form.is_valid():
            response = self._carried_out(request, row)
            erasure_log(request, person)
            return response
        return confirmation(
            self,
            request,
            row,
            title=_("Erase %(person)s of %(storefront)s?")
            % {"person": person.external_id, "storefront": row.storefront},
            explanation=_("Their behaviours, relationships and served lists go too. This cannot be undone."),
            button=_("Erase for good"),
            form=form,
            danger=True,
        )

    @display(description=gettext_lazy("number"), ordering="id")
    def number(self, row: PrivacyRequest) -> str:
        return f"#{row.pk}"

    @display(description=gettext_lazy("person"))
    def who(self, row: PrivacyRequest) -> str:
        return row.person.external_id if row.person else _("erased")

    @display(description=gettext_lazy("person"))
    def who_linked(self, row: PrivacyRequest) -> SafeString | str:
        if row.person is None:
            return _("erased")
        page = reverse("admin:behaviour_person_change", args=[row.person_id])
        return format_html('<a class="rx-link" href="{}">{}</a>', page, row.person.external_id)

    @display(
        description=gettext_lazy("kind"),
        ordering="kind",
        label={Kind.EXPORT: "info", Kind.ERASE: "danger", Kind.OBJECT: "warning"},
    )
    def kind_label(self, row: PrivacyRequest) -> tuple[str, str]:
        return row.kind, row.get_kind_display()

    kind_words = in_words(kind_label)

    @display(description=gettext_lazy("objects to"))
    def objects_to(self, row: PrivacyRequest) -> str:
        names = dict(Consent.Purpose.choices)
        return " · ".join(str(names.get(purpose, purpose)) for purpose in row.purposes)

    @display(
        description=gettext_lazy("state"),
        ordering="state",
        label={State.OPEN: "info", State.DONE: "success", State.REFUSED: "", "overdue": "danger"},
    )
    def state_label(self, row: PrivacyRequest) -> tuple[str, str]:
        return ("overdue", _("overdue")) if row.overdue else (row.state, row.get_state_display())

    state_words = in_words(state_label)

    @display(
        description=gettext_lazy("due"),
        ordering="due_at",
        label=DUE_LEVELS,
    )
    def due(self, row: PrivacyRequest) -> tuple[str, str]:
        return due_words(row, timezone.now())

    @display(description=gettext_lazy("due"))
    def due_shown(self, row: PrivacyRequest) -> SafeString:
        level, words = due_words(row, timezone.now())
        label = render_to_string("unfold/helpers/label.html", {"type": DUE_LEVELS[level], "text": words})
        return format_html("{} {}", f"{row.due_at:%Y-%m-%d}", label)

    @display(description=gettext_lazy("receipts"))
    def receipts_table(self, row: PrivacyRequest) -> SafeString | str:
        if row.state == State.OPEN:
            return _("It is not carried out yet. Then each store writes down here what it held and what became of it.")
        if not row.receipts:
            return _("Nothing was done, so no store was asked.")
        return render_to_string("admin/behaviour/receipts.html", {"rows": receipts_shown(row)})


WORDS = {
    Kind.EXPORT: (
        gettext_lazy("Export what is held of this person?"),
        gettext_lazy(
            "You get one file with everything, sensitive attributes and what was inferred included. Hand it to the "
            "person alone, and keep no copy."
        ),
        gettext_lazy("Export"),
    ),
    Kind.OBJECT: (
        gettext_lazy("Carry out this objection?"),
        gettext_lazy(
            "It holds at once: for lists, and for every training that begins from now on. One that is at work and has "
            "read the person ends without a result. What was learned before stays until it is trained anew."
        ),
        gettext_lazy("Carry out"),
    ),
}


def overdue(rows: QuerySet[PrivacyRequest]) -> QuerySet[PrivacyRequest]:
    return rows.filter(state=State.OPEN, due_at__lt=timezone.now())


def due_words(row: PrivacyRequest, now: datetime) -> tuple[str, str]:
    """How urgent it is, and until when in days, or in hours where that is less than one."""
    if row.state != State.OPEN:
        late = row.done_at is not None and row.done_at > row.due_at
        return ("overdue", _("closed too late")) if late else ("closed", _("closed in time"))
    left = row.due_at - now
    hours = int(abs(left).total_seconds() // 3600)
    said = {"n": hours // 24 if hours >= 24 else hours}
    if left < timedelta():
        if hours >= 24:
            return "overdue", ngettext("overdue by %(n)s day", "overdue by %(n)s days", said["n"]) % said
        return "overdue", ngettext("overdue by %(n)s hour", "overdue by %(n)s hours", said["n"]) % said
    level = "soon" if left < SOON else "later"
    if hours >= 24:
        return level, ngettext("in %(n)s day", "in %(n)s days", said["n"]) % said
    return level, ngettext("in %(n)s hour", "in %(n)s hours", said["n"]) % said


def overdue_notes(request: HttpRequest, storefronts: Sequence[Storefront]) -> list[dict[str, str]]:
    """A line of Home where something is overdue, for who may look at requests. One query."""
    rows = scoped(request, PrivacyRequest.objects.filter(storefront__in=storefronts))
    late = overdue(rows).count() if request.user.has_perm("behaviour.view_privacyrequest") else 0
    if not late:
        return []
    text = ngettext("%(n)s privacy request is overdue.", "%(n)s privacy requests are overdue.", late) % {"n": late}
    return [{"text": text, "url": f"{reverse('admin:behaviour_privacyrequest_changelist')}?state=overdue"}]
