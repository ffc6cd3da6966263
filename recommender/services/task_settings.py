"""What can be set for a language task, without loading it: a task imports torch, and a page must not.

The table is what `manage.py task_settings --format json` prints; a test holds them together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("task_settings.json")

#: Kind → what a value of it is, for an error.
KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a word or a name",
    "ints": "whole numbers with commas between them, such as 64,128",
}


@dataclass(frozen=True)
class Setting:
    """One field of a task's Config; `loop.epochs` is one inside another."""

    name: str
    kind: str
    default: Any
    choices: tuple[str, ...] = ()

    def read(self, text: str) -> Any:
        """The value that `text` stands for. Raises ValueError that names the setting and what it takes."""
        try:
            value = self._parsed(text.strip())
        except ValueError:
            raise ValueError(f"{self.name} is {KINDS[self.kind]}; {text!r} is not.") from None
        if self.choices and value not in self.choices:
            raise ValueError(f"{self.name} is one of {', '.join(self.choices)}; {text!r} is not.")
        return value

    def _parsed(self, text: str) -> Any:
        match self.kind:
            case "int":
                return int(text)
            case "float":
                value = float(text)
                if value - value != 0:  # infinite, or not a number
                    raise ValueError
                return value
            case "bool":
                return {"true": True, "false": False}[text.lower()] if text.lower() in ("true", "false") else int("")
            case "ints":
                return [int(part) for part in text.strip("[]()").split(",") if part.strip()]
        return text

    def written(self, value: Any) -> str:
        """`value` as `read` takes it."""
        match self.kind:
            case "bool":
                return "true" if value else "false"
            case "ints":
                return ",".join(map(str, value))
        return str(value)


def config_of(settings: Iterable[Setting], values: Mapping[str, Any]) -> dict[str, Any]:
    """`values` by name as a task's config. Where one inside another is set, the others inside keep their defaults."""
    known = list(settings)
    config: dict[str, Any] = {}
    for name, value in values.items():
        outer, dot, inner = name.partition(".")
        if not dot:
            config[name] = value
            continue
        if outer not in config:
            within = [one for one in known if one.name.startswith(f"{outer}.")]
            config[outer] = {one.name.partition(".")[2]: one.default for one in within}
        config[outer][inner] = value
    return config


@cache
def task_settings() -> dict[str, list[Setting]]:
    """Task → its settings, as the table has them."""
    found: dict[str, list[Setting]] = {}
    for row in json.loads(TABLE.read_text(encoding="utf-8")):
        setting = Setting(row["setting"], row["kind"], row["default"], tuple(filter(None, row["choices"].split(", "))))
        found.setdefault(row["task"], []).append(setting)
    return found
