"""The settings of a language task, from its Config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any, Literal, get_args, get_origin, get_type_hints

from ..language.loop import LoopConfig
from ..language.task import LanguageTask
from ..services.task_settings import Setting

_KINDS = {bool: "bool", int: "int", float: "float", str: "str"}


def settings_of(task: type[LanguageTask]) -> list[Setting]:
    """One for each field of the Config; a field that holds the settings of the loop becomes `loop.NAME` for each."""
    hints = get_type_hints(task.Config)
    found: list[Setting] = []
    for field in fields(task.Config):
        default = field.default if field.default is not MISSING else field.default_factory()
        if isinstance(default, Mapping):
            found += [_setting(f"{field.name}.{name}", hint, value) for name, hint, value in _loop(default)]
        else:
            found.append(_setting(field.name, hints[field.name], default))
    return found


def _loop(own: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    hints = get_type_hints(LoopConfig)
    return [(field.name, hints[field.name], own.get(field.name, field.default)) for field in fields(LoopConfig)]


def _setting(name: str, hint: Any, default: Any) -> Setting:
    if get_origin(hint) is Literal:
        return Setting(name, "str", default, tuple(map(str, get_args(hint))))
    if isinstance(default, tuple):
        return Setting(name, "ints", list(default))
    return Setting(name, _KINDS.get(hint, _KINDS.get(type(default), "str")), default)
