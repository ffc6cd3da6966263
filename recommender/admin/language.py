"""The text encoder of each storefront and the vectors that it made. Workers write both."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Length
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold import widgets
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from catalog.admin.access import ReadOnlyAdmin, confirmation, object_or_404
from catalog.admin.filters import OneStorefrontFilter
from catalog.admin.long_lists import LongListMixin
from catalog.admin.named import called
from catalog.models import Item

from ..models import Artifact, ItemVector, LiveEncoder, TrainingRun
from ..services import ServiceError, encoder_change_request
from .figures import headline_of
from .names import artifact_name
from .preview import PreviewView


def counted(rows: QuerySet, per: str) -> Coalesce:
    """How many `rows` there are for each value of `per`, as a column."""
    return Coalesce(Subquery(rows.order_by().values(per).annotate(n=Count("pk")).values("n")), 0)


class ExchangeForm(forms.Form):
    artifact = forms.ModelChoiceField(
        Artifact.objects.none(),
        label=gettext_lazy("Text encoder"),
        required=False,
        empty_label=gettext_lazy("the one that the settings name"),
        widget=widgets.UnfoldAdminSelectWidget(),
    )
    shards = forms.IntegerField(
        label=gettext_lazy("Parts"),
        min_value=1,
        max_value=64,
        initial=4,
        widget=widgets.UnfoldAdminIntegerFieldWidget(),
        help_text=gettext_lazy("As many workers can read items at once."),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        widget=widgets.UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy("For whoever reads the history in a year."),
    )

    def __init__(self, live: LiveEncoder, data=None):
        super().__init__(data)
        rows = Artifact.objects.filter(storefront=live.storefront, product=Artifact.Product.ENCODER)
        self.fields["artifact"].queryset = rows
        self.fields["artifact"].initial = live.artifact_id
        kept = _kept(live)

        def label(artifact: Artifact) -> str:
            said = [artifact_name(artifact), headline_of(artifact)]
            if artifact.pk == live.artifact_id:
                said.append(_("live"))
            elif artifact.pk in kept:
                said.append(_("its vectors are kept"))
            return " · ".join(filter(None, said))

        self.fields["artifact"].label_from_instance = label


def _kept(live: LiveEncoder) -> set[int]:
    """Artifacts whose vectors are still there: a change back to them reads nothing."""
    fingerprints = set(
        ItemVector.objects.filter(storefront=live.storefront).order_by().values_list("encoder", flat=True).distinct()
    )
    changes = Artifact.objects.filter(
        storefront=live.storefront, product=Artifact.Product.REPORT, algorithm=TrainingRun.CHANGE_ENCODER
    )
    return {
        manifest["config"]["artifact"]
        for manifest in changes.values_list("manifest", flat=True)
        if manifest.get("encoder") in fingerprints and manifest["config"].get("artifact") is not None
    }


@admin.register(LiveEncoder)
class LiveEncoderAdmin(ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No text encoder is live: search goes by words alone. The first appears when a worker has read the items: "
        "manage.py embed"
    )
    list_display = ("storefront", "model", "dimensions", "coverage", "start_of_fingerprint", "switched_at")
    list_select_related = ("storefront",)
    search_fields = ("model", "fingerprint", "storefront__name")
    fields = ("storefront", "model", "dimensions", "coverage", "fingerprint", "switched_at")
    actions_detail = ("exchange",)
    actions_list = ("what_it_reads",)

    def get_urls(self) -> list:
        view = self.admin_site.admin_view(PreviewView.as_view(model_admin=self))
        return [path("preview/", view, name="recommender_liveencoder_preview"), *super().get_urls()]

    def has_exchange_permission(self, request: HttpRequest, obj: LiveEncoder | None = None) -> bool:
        return self.permits(request, "recommender.add_deployment", obj)

    @action(description=gettext_lazy("What a model reads"), url_path="what-it-reads", icon="visibility")
    def what_it_reads(self, request: HttpRequest) -> HttpResponse:
        return redirect(reverse("admin:recommender_liveencoder_preview"))

    @action(
        description=gettext_lazy("Exchange"),
        url_path="exchange",
        permissions=["exchange"],
        icon="swap_horiz",
        variant=ActionVariant.PRIMARY,
    )
    def exchange(self, request: HttpRequest, object_id: str) -> HttpResponse:
        live = object_or_404(self, request, object_id)
        form = ExchangeForm(live, request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                run = encoder_change_request(storefront=live.storefront, created_by=request.user, **form.cleaned_data)
            except ServiceError as error:
                form.add_error(None, str(error))
            else:
                self.log_change(request, live, _("Asked for another encoder: %(reason)s") % form.cleaned_data)
                return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))
        return confirmation(
            self,
            request,
            live,
            title=_("Exchange the text encoder of %(storefront)s?") % {"storefront": live.storefront},
            explanation=_(
                "Workers give every item a new vector beside the old one, part by part, and then switch over at once. "
                "The vectors of the encoder before are kept: going back to it takes seconds."
            ),
            button=_("Exchange"),
            form=form,
        )

    def get_queryset(self, request: HttpRequest) -> QuerySet[LiveEncoder]:
        items = Item.objects.filter(storefront=OuterRef("storefront"))
        vectors = ItemVector.objects.filter(storefront=OuterRef("storefront"), encoder=OuterRef("fingerprint"))
        counts = {"item_total": counted(items, "storefront"), "vector_total": counted(vectors, "storefront")}
        return super().get_queryset(request).annotate(**counts)

    @display(description=gettext_lazy("items with a vector"))
    def coverage(self, encoder: LiveEncoder) -> str:
        numbers = {"some": f"{encoder.vector_total:,}", "all": f"{encoder.item_total:,}"}
        return _("%(some)s of %(all)s") % numbers

    @display(description=gettext_lazy("fingerprint"))
    def start_of_fingerprint(self, encoder: LiveEncoder) -> str:
        return encoder.fingerprint[:8]


@admin.register(ItemVector)
class ItemVectorAdmin(LongListMixin, ReadOnlyAdmin):
    empty_words = gettext_lazy(
        "No item of this storefront has a vector yet. A worker makes one for each when a text encoder is live: "
        "manage.py embed"
    )
    list_display = ("item", "dimensions", "start_of_encoder", "start_of_text_hash", "updated_at")
    list_filter = (OneStorefrontFilter,)
    list_before_template = "admin/catalog/storefront_tabs.html"
    list_select_related = ("item",)
    list_per_page = 50
    search_fields = ("=item__external_id",)
    ordering = ("-id",)
    fields = ("item", "dimensions", "encoder", "text_hash", "updated_at")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ItemVector]:
        rows = super().get_queryset(request).defer("vector", "item__text", "item__attributes")
        return rows.annotate(bytes=Length(F("vector")))

    def change_view(self, request: HttpRequest, object_id: str, form_url: str = "", extra_context=None) -> HttpResponse:
        vector = self.get_object(request, object_id)
        extra = called(vector, vector.item.title) if vector else {}
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), **extra})

    @display(description=gettext_lazy("dimensions"))
    def dimensions(self, vector: ItemVector) -> int:
        return vector.bytes // 4  # float32

    @display(description=gettext_lazy("encoder"))
    def start_of_encoder(self, vector: ItemVector) -> str:
        return vector.encoder[:8]

    @display(description=gettext_lazy("text hash"))
    def start_of_text_hash(self, vector: ItemVector) -> str:
        return vector.text_hash[:8]
