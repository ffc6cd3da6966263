"""MovieLens 100K from where any machine with pip can get it: inside a wheel on PyPI."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "recbole==1.2.1"
SHA256 = "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"
INSIDE = "recbole/dataset_example/ml-100k/"
FILES = ("ml-100k.inter", "ml-100k.item", "ml-100k.user")
TIMEOUT = 300  # seconds

TERMS = """\
MovieLens 100K was collected by the GroupLens Research Project at the University of Minnesota. It may be used for
research; it may not be redistributed, nor used commercially, without permission. Publications must acknowledge
F. Maxwell Harper and Joseph A. Konstan, 2015: The MovieLens Datasets: History and Context. ACM TiiS 5(4), 19."""


class NotAvailable(Exception):
    """The data cannot be had here; the message says why."""


def fetch(folder: Path) -> Path:
    """The folder with FILES in it, downloaded once. Raises NotAvailable.

    Only the data files are unpacked: nothing of the package's code is installed or run.
    """
    if all((folder / name).is_file() for name in FILES):
        return folder
    with tempfile.TemporaryDirectory() as aside:
        wheel = _download(Path(aside))
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        if digest != SHA256:
            raise NotAvailable(f"{wheel.name} is not the file that was expected: its sha256 is {digest}.")
        folder.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(wheel) as archive:
            for name in FILES:
                part = folder / f".{name}.part"
                part.write_bytes(archive.read(INSIDE + name))
                part.rename(folder / name)
    return folder


def _download(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        raise NotAvailable(f"pip did not answer within {TIMEOUT} seconds.") from None
    wheels = list(folder.glob("*.whl"))
    if done.returncode or not wheels:
        last = done.stderr.strip().splitlines()[-1:] or ["pip said nothing"]
        raise NotAvailable(last[0])
    return wheels[0]
