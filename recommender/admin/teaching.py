"""The page that starts a language task: the form is made of the settings that the task has."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView
from unfold import widgets
from unfold.views import UnfoldModelAdminViewMixin

from catalog.admin.access import scoped, storefronts_of
from catalog.models import Storefront

from ..language.task import NAMES
from ..models import Artifact, TrainingRun
from ..services import ServiceError, language_run_create
from ..services.task_settings import Setting, config_of, task_settings
from .names import artifact_name, task_name
from .setting_names import choice_name, setting_name
from .setting_words import LIVE_BASE, LOOP, SUMMARIES, explained
from .training import RunForm

FIRST_TASK = "contrastive"
PREFIX = "set-"  # before the names of settings, which could be those of other fields
BASE = f"{PREFIX}base"

#: Tasks that begin with the live encoder unless a base is named.
LIVE_BASED = ("contrastive", "interest", "distil")


class TeachForm(RunForm):
    def __init__(self, *args: Any, task: str, **options: Any):
        super().__init__(*args, **options)
        self.known = {PREFIX + setting.name: setting for setting in task_settings()[task]}
        for name, setting in self.known.items():
            self.fields[name] = _field(setting)
        if task in LIVE_BASED:
            self.fields[BASE].initial, self.fields[BASE].help_text = "", LIVE_BASE

    @property
    def first(self) -> list[forms.BoundField]:
        return [field for field in self if field.name not in self.known]

    @property
    def own(self) -> list[forms.BoundField]:
        """Settings that this task has and others have not."""
        return [field for field in self if field.name in self.known and not _of_the_loop(self.known[field.name])]

    @property
    def loop(self) -> list[forms.BoundField]:
        return [field for field in self if field.name in self.known and _of_the_loop(self.known[field.name])]

    @property
    def loop_has_errors(self) -> bool:
        return any(field.errors for field in self.loop)

    def clean(self) -> dict[str, Any]:
        """`config` holds what differs from the defaults, and a base that was named, whatever it is."""
        cleaned = super().clean()
        values: dict[str, Any] = {}
        for name, setting in self.known.items():
            if name not in cleaned or cleaned[name] == "":
                continue
            try:
                value = setting.read(cleaned[name])
            except ValueError as error:
                self.add_error(name, str(error))
            else:
                if value != setting.default or name == BASE:
                    values[setting.name] = value
        cleaned["config"] = config_of(self.known.values(), values)
        return cleaned

    def wish(self) -> dict[str, Any]:
        names = ("storefront", "seed", "activate", "config")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


def _of_the_loop(setting: Setting) -> bool:
    return setting.name.rpartition(".")[2] in LOOP


def _field(setting: Setting) -> forms.Field:
    common = {
        "label": setting_name(setting.name),
        "required": False,
        "initial": setting.written(setting.default),
        "help_text": explained(setting.name),
    }
    choices = setting.choices or (("true", "false") if setting.kind == "bool" else ())
    if choices:
        return forms.ChoiceField(
            choices=[(one, choice_name(one)) for one in choices], widget=widgets.UnfoldAdminSelectWidget(), **common
        )
    return forms.CharField(max_length=500, widget=widgets.UnfoldAdminTextInputWidget(), **common)


class TeachView(UnfoldModelAdminViewMixin, FormView):
    """GET shows the form of a task, filled in from `?again=<run>` where one is to be repeated; POST queues a run."""

    title = gettext_lazy("Teach a language model")
    form_class = TeachForm
    template_name = "admin/recommender/teach.html"
    permission_required = "recommender.add_trainingrun"
    raise_exception = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if kwargs["task"] not in task_settings():
            raise Http404(_("There is no language task of that name."))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self) -> dict[str, Any]:
        live_on = storefronts_of(self.request, "recommender.add_deployment")
        storefronts = storefronts_of(self.request, "recommender.add_trainingrun")
        own = {"task": self.kwargs["task"], "storefronts": storefronts, "live_on": live_on}
        return {**super().get_form_kwargs(), **own}

    def get_initial(self) -> dict[str, Any]:
        initial = {"storefront": self.request.GET.get("storefront"), **self._bases()}
        again = self.request.GET.get("again", "")
        rows = scoped(self.request, TrainingRun.objects.select_related("storefront"))
        rows = rows.filter(task=self.kwargs["task"])
        run = rows.filter(pk=again).first() if again.isdecimal() else None
        if run is None:
            return initial
        known = {setting.name: setting for setting in task_settings()[self.kwargs["task"]]}
        flat = {
            name if not isinstance(value, dict) else f"{name}.{inner}": one
            for name, value in run.config.items()
            for inner, one in (value.items() if isinstance(value, dict) else [("", value)])
        }
        values = {PREFIX + name: known[name].written(value) for name, value in flat.items() if name in known}
        return {"storefront": run.storefront.slug, "seed": run.seed, "activate": run.activate, **values}

    def _bases(self) -> dict[str, str]:
        """`?base=<artifact>`: the link on the page of a language model that others can begin with."""
        base = self.request.GET.get("base", "")
        artifact = scoped(self.request, Artifact.objects.filter(pk=base)).first() if base.isdecimal() else None
        return {BASE: str(artifact.path)} if artifact else {}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        task = self.kwargs["task"]
        tasks = [
            {"slug": slug, "name": task_name(slug), "current": slug == task}
            for slug in NAMES
            if slug in task_settings()
        ]
        return super().get_context_data(
            **kwargs,
            opts=self.model_admin.opts,
            tasks=tasks,
            task=task,
            summary=SUMMARIES.get(task, ""),
            bases=_bases_of(self.request, task),
            kept=self._kept(),
        )

    def _kept(self) -> str:
        """What the address names and another task's form takes too: the storefront, and the model to begin with."""
        names = [name for name in ("storefront", "base") if self.request.GET.get(name)]
        return urlencode({name: self.request.GET[name] for name in names})

    def form_valid(self, form: TeachForm) -> HttpResponse:
        try:
            run, is_new = language_run_once(self.request, self.kwargs["task"], form.wish())
        except ServiceError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        if is_new:
            self.model_admin.log_addition(self.request, run, _("Queued."))
        else:
            messages.info(self.request, _("This very training has not ended yet; here it is."))
        return redirect(reverse("admin:recommender_trainingrun_change", args=[run.pk]))


def language_run_once(request: HttpRequest, task: str, wish: dict[str, Any]) -> tuple[TrainingRun, bool]:
    """The run, and whether it is new: the same wish while its run has not ended (a double click) is that run."""
    with transaction.atomic():
        # Two equal wishes at once: the second waits here (on SQLite for the write lock) and finds the first one's run.
        storefront = Storefront.objects.select_for_update().get(pk=wish["storefront"].pk)
        wish = {**wish, "storefront": storefront, "task": task}
        same = TrainingRun.objects.filter(**wish, status__in=(TrainingRun.Status.QUEUED, TrainingRun.Status.RUNNING))
        existing = same.filter(cancel_requested=False).first()
        if existing is not None:
            return existing, False
        visible = scoped(request, Artifact.objects.all())
        return language_run_create(**wish, created_by=request.user, visible=visible), True


def _bases_of(request: HttpRequest, task: str) -> list[dict[str, str]]:
    """Models of our own that the task could begin with and whoever asks may look at, the newest first."""
    products = {
        "keywords": (),
        "pretrain": (Artifact.Product.LANGUAGE_MODEL, Artifact.Product.ENCODER),
        "interest": (Artifact.Product.ENCODER, Artifact.Product.LANGUAGE_MODEL),
    }.get(task, (Artifact.Product.ENCODER, Artifact.Product.LANGUAGE_MODEL))
    rows = scoped(request, Artifact.objects.filter(product__in=products).select_related("storefront"))[:12]
    return [{"name": artifact_name(row), "storefront": row.storefront.name, "path": str(row.path)} for row in rows]
