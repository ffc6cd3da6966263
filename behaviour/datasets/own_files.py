"""Where records of our own shape lie: a folder of files named after what they hold, or one file."""

from __future__ import annotations

from pathlib import Path

from .dataset import STREAMS, DatasetError, Options
from .files import find


def own_files(path: Path, suffix: str, options: Options) -> dict[str, Path]:
    """Stream → file, in the order of STREAMS. Raises DatasetError when there is none."""
    if path.is_dir():
        found = {what: file for what in STREAMS if (file := find(path, f"{what}.{suffix}"))}
        if options.what:
            found = {what: file for what, file in found.items() if what == options.what}
        if not found:
            names = ", ".join(f"{what}.{suffix}" for what in STREAMS)
            raise DatasetError(f"{path} has none of {names}.")
        return found
    if not path.is_file():
        raise DatasetError(f"{path} does not exist.")
    what = options.what or path.name.partition(".")[0]
    if what not in STREAMS:
        raise DatasetError(f"What is in {path.name}? Say --what {'|'.join(STREAMS)}.")
    return {what: path}
