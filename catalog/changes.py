"""Who wants to know that items changed. The catalogue must not know its readers, so they subscribe here."""

from collections.abc import Callable, Sequence

Listener = Callable[[int, Sequence[int]], None]

_listeners: list[Listener] = []


def on_items_changed(listener: Listener) -> None:
    """`listener(storefront_id, item_ids)` is called inside the transaction that wrote the items."""
    if listener not in _listeners:
        _listeners.append(listener)


def items_changed(storefront_id: int, item_ids: Sequence[int]) -> None:
    for listener in _listeners:
        listener(storefront_id, item_ids)
