"""docs/plugins.md as a program: the blocks that name a file are what a reader does to it."""

from __future__ import annotations

import re
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "plugins.md"
_BLOCK = re.compile(r"^```(?P<kind>\w+) (?P<path>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


def follow(folder: Path) -> int:
    """Do in `folder` what the document says. Returns how many blocks there were; raises ValueError where one fails."""
    blocks = list(_BLOCK.finditer(DOCUMENT.read_text(encoding="utf-8")))
    for block in blocks:
        path = folder / block["path"]
        if block["kind"] == "diff":
            path.write_text(_patched(path.read_text(encoding="utf-8"), block["text"], block["path"]), encoding="utf-8")
        else:
            path.write_text(block["text"], encoding="utf-8")
    return len(blocks)


def _patched(content: str, diff: str, name: str) -> str:
    for hunk in re.split(r"^@@\n", diff, flags=re.MULTILINE):
        lines = hunk.splitlines(keepends=True)
        before = "".join(line[1:] for line in lines if line[0] in " -")
        after = "".join(line[1:] for line in lines if line[0] in " +")
        if content.count(before) != 1:
            raise ValueError(f"{name} has these lines {content.count(before)} times, not once:\n{before}")
        content = content.replace(before, after)
    return content
