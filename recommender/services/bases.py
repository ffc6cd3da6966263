"""Which model a training may begin with, where somebody wishes for it who has no account on the server itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from catalog.models import Storefront

from ..language.model_folder import DEFAULT_ENCODER, HUB_ID
from ..models import Artifact
from .answers import ServiceError


def base_check(*, storefront: Storefront, base: Any, visible: QuerySet[Artifact] | None = None) -> None:
    """Let through what the task knows itself, the encoders that are set, packages, and folders of artifacts.

    `visible`: artifacts that whoever asks may look at; those of `storefront` count always. Folders elsewhere have to
    lie in MODELS_DIR, and hub ids need MODEL_DOWNLOADS. Raises ServiceError, in the same words whether there is such
    a folder or not: nobody learns from it what else lies on the server.
    """
    name = base.strip() if isinstance(base, str) else str(base)
    if name in ("", settings.ENCODER_MODEL, DEFAULT_ENCODER):
        return
    try:
        folder = Path(name).expanduser()
        is_folder, inside = folder.is_dir(), folder.resolve()
    except (RuntimeError, ValueError, OSError):  # a home of nobody, a loop of links, what no path can hold
        raise _refused(name, storefront) from None
    if not is_folder and name.replace("-", "_").isidentifier():
        return  # an installed package or a word of the task's own, such as scratch
    if not is_folder and settings.MODEL_DOWNLOADS and HUB_ID.fullmatch(name):
        return
    if settings.MODELS_DIR and inside.is_relative_to(Path(settings.MODELS_DIR).expanduser().resolve()):
        return
    if not _is_of_an_artifact(inside, storefront, visible):
        raise _refused(name, storefront)


def _is_of_an_artifact(folder: Path, storefront: Storefront, visible: QuerySet[Artifact] | None) -> bool:
    home = (settings.VAR_DIR / "artifacts").resolve()
    if not folder.is_relative_to(home):
        return False
    within = folder.relative_to(home)
    names = [part.as_posix() for part in (within, *within.parents)]
    rows = Artifact.objects.filter(storefront=storefront, folder__in=names)
    return rows.exists() or (visible is not None and visible.filter(folder__in=names).exists())


def _refused(name: str, storefront: Storefront) -> ServiceError:
    return ServiceError(
        _(
            "No training can begin with %(base)s from here. Name the folder of an artifact of %(storefront)s, or of a "
            "storefront whose artifacts you may look at, or an installed package. Other folders and models of the hub "
            "need MODELS_DIR and MODEL_DOWNLOADS in the server's settings, or manage.py on the server."
        )
        % {"base": name, "storefront": storefront}
    )
