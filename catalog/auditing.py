"""What goes into the audit log. Who keeps it stands above the catalogue, and tells it how to write."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model

Write = Callable[[Sequence["Change"]], None]

_write: list[Write] = []


@dataclass(frozen=True, slots=True)
class Change:
    """One entry: what was done to which row, by whom, and the fields that it changed, before and after."""

    action: str
    subject: Model
    actor: Any = None  # an account; nobody for what the command line does
    storefront: Model | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str = ""


def audit_into(write: Write) -> None:
    """`write(changes)` keeps them, in the transaction of the changes themselves."""
    _write[:] = [write]


def audit(*changes: Change) -> None:
    """Write entries down, in this order. Call it inside the transaction that makes the change."""
    if changes and _write:
        _write[0](changes)


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Of two states of a row what differs: as it was, and as it is."""
    names = [name for name in after if before.get(name) != after[name]]
    return {name: before.get(name) for name in names}, {name: after[name] for name in names}
