"""What a shop must not recommend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.data import Items, Query


class InStock:
    """Only products that can be bought now. A product without a stock figure is not tracked, and allowed."""

    slug = "in_stock"
    name = {"en": "Only what is in stock", "zh-hans": "仅有货商品"}
    reason = {"en": "This product is sold out.", "zh-hans": "该商品已售罄。"}

    def allows(self, items: Items, query: Query) -> np.ndarray:
        """(n,) bool. Attributes that are missing altogether or cannot be understood count as sold out."""
        if len(items.attributes) != len(items):
            return np.zeros(len(items), dtype=bool)
        return np.array([_available(attributes) for attributes in items.attributes], dtype=bool)


def _available(attributes: Any) -> bool:
    if not isinstance(attributes, Mapping):
        return False
    stock = attributes.get("stock")
    if stock is None:
        return True
    return isinstance(stock, (int, float)) and not isinstance(stock, bool) and stock > 0
