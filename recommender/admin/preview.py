"""The page that shows exactly what a language model reads of an item or a person."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.admin import site
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from behaviour.models import Behaviour, Person
from catalog.admin.access import storefronts_of
from catalog.models import Item, Storefront

from ..models import Artifact
from ..services import ServiceError
from ..services.previews import MOST_TOKENS, Reader, item_preview, person_preview, reader_for
from .names import artifact_name
from .scope import called_by_title

MODELS_OFFERED = 50
READERS = (
    Artifact.Product.ENCODER,
    Artifact.Product.INTEREST,
    Artifact.Product.KEYWORDS,
    Artifact.Product.LANGUAGE_MODEL,
)
LANGUAGE_NAMES = {"": gettext_lazy("neither English nor Chinese"), "en": "English", "zh-hans": "简体中文"}


class Chosen(AutocompleteSelect):
    """Finds rows of another list as somebody types, by that list's own search and its own permission."""

    def optgroups(self, name: str, value: list[str], attrs: dict | None = None) -> list:
        """What is no id was never chosen: an address can say anything."""
        return super().optgroups(name, [one for one in value if str(one).isdecimal() and int(one) < 2**63], attrs)


class PreviewForm(forms.Form):
    item = forms.ModelChoiceField(Item.objects.none(), label=gettext_lazy("Item"), required=False)
    person = forms.ModelChoiceField(Person.objects.none(), label=gettext_lazy("Person"), required=False)
    model = forms.ModelChoiceField(
        Artifact.objects.none(),
        label=gettext_lazy("Model"),
        required=False,
        empty_label=gettext_lazy("the text encoder that is live"),
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the text"),
        required=False,
        choices=[("", gettext_lazy("as the model gets it")), ("en", "English"), ("zh-hans", "简体中文")],
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    tokens = forms.IntegerField(
        label=gettext_lazy("Tokens at most"),
        required=False,
        min_value=1,
        max_value=MOST_TOKENS,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("Empty: as many as the model reads."),
    )

    def __init__(self, *args: Any, storefronts: QuerySet[Storefront], **options: Any):
        super().__init__(*args, **options)
        for name, rows in (("item", Item.objects), ("person", Person.objects)):
            # The other end of these columns is a list that can be searched.
            self.fields[name].widget = Chosen(Behaviour._meta.get_field(name), site)
            self.fields[name].queryset = rows.filter(storefront__in=storefronts).select_related("storefront")
        models = Artifact.objects.filter(product__in=READERS, storefront__in=storefronts).select_related("storefront")
        newest = models.values_list("pk", flat=True)[:MODELS_OFFERED]
        self.fields["model"].queryset = models.filter(pk__in=list(newest))
        self.fields["model"].label_from_instance = lambda row: f"{artifact_name(row)} · {row.storefront.name}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        chosen = [row for row in (cleaned.get("item"), cleaned.get("person")) if row is not None]
        if not chosen and not self.errors:
            raise forms.ValidationError(_("Choose an item or a person."))
        if len({row.storefront_id for row in chosen}) > 1:
            self.add_error("person", _("The item and the person belong to different storefronts."))
        return cleaned


class PreviewView(UnfoldModelAdminViewMixin, TemplateView):
    title = gettext_lazy("What the model reads")
    template_name = "admin/recommender/preview.html"
    permission_required = ("recommender.view_liveencoder", "catalog.view_item", "behaviour.view_behaviour")
    raise_exception = True

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **called_by_title(self)}

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        storefronts = storefronts_of(request, "behaviour.view_behaviour")
        form = PreviewForm(request.GET if request.GET else None, storefronts=storefronts)
        read: dict[str, Any] = {}
        if form.is_bound and form.is_valid():
            try:
                read = _read(form.cleaned_data)
            except ServiceError as error:
                form.add_error(None, str(error))
        return self.render_to_response(self.get_context_data(form=form, **read))


def _read(wish: dict[str, Any]) -> dict[str, Any]:
    item, person = wish["item"], wish["person"]
    reader: Reader = reader_for((item or person).storefront, wish["model"])
    common = {"reader": reader, "language": wish["language"], "most": wish["tokens"]}
    texts = []
    if item is not None:
        texts.append({"heading": item.title, "kind": _("item"), "preview": item_preview(item=item, **common)})
    if person is not None:
        found = person_preview(person=person, **common)
        texts.append({"heading": person.external_id, "kind": _("person"), "preview": found})
    for text in texts:
        text["language"] = str(LANGUAGE_NAMES[text["preview"].language])
    return {"reader": reader, "texts": texts}
