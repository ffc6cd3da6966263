"""What the description of the API says of every body, put in once it is drawn."""

from __future__ import annotations

from typing import Any

from .base import MOST_RECORDS

_REFERENCE = "#/components/schemas/"


def bodies_are_strict(result: dict[str, Any], **context: Any) -> dict[str, Any]:
    """A hook of drf-spectacular: bodies take no field besides those named, and batches hold 1 to 1,000 records."""
    schemas = result.get("components", {}).get("schemas", {})
    operations = (operation for methods in result["paths"].values() for operation in methods.values())
    for operation in operations:
        for media in operation.get("requestBody", {}).get("content", {}).values():
            shape = media.get("schema", {})
            if shape.get("type") == "array":
                shape.update(minItems=1, maxItems=MOST_RECORDS)
                shape = shape["items"]
            if reference := shape.get("$ref"):
                schemas[reference.removeprefix(_REFERENCE)]["additionalProperties"] = False
    return result
