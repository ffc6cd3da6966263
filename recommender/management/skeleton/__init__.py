"""The files of a new plugin, with places for its names: what `manage.py new_vertical` writes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from string import Template

_FOLDER = Path(__file__).parent
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 32


def name_error(name: str) -> str | None:
    """What is wrong with `name` as the slug of a vertical, or None."""
    if not _NAME.fullmatch(name) or len(name) > LONGEST:
        return (
            f"{name!r} is no name for a vertical. It is made of small letters, digits and single hyphens, begins with "
            f"a letter and has at most {LONGEST} characters: books, second-hand-bikes."
        )
    return None


def project_name(slug: str) -> str:
    return f"kindred-{slug}"


def package_name(slug: str) -> str:
    return project_name(slug).replace("-", "_")


def algorithm_slug(slug: str) -> str:
    return f"{slug}-together"


def files(slug: str) -> Iterator[tuple[Path, str]]:
    """Relative path and content of each file of the plugin, by path."""
    words = {
        "slug": slug,
        "title": slug.replace("-", " ").capitalize(),
        "project": project_name(slug),
        "package": package_name(slug),
    }
    for source in sorted(path for path in _FOLDER.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")):
        parts = source.relative_to(_FOLDER).parts
        path = Path(*(words["package"] if part == "package" else part.removesuffix("-tpl") for part in parts))
        text = source.read_text(encoding="utf-8")
        yield path, Template(text).substitute(words) if source.suffix.endswith("-tpl") else text
