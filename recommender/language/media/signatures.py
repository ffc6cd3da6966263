"""Which format a file has by its own first bytes, whether its name agrees, and whether anything hides behind it."""

from __future__ import annotations

from pathlib import PurePath

from .limits import MediaError

EXTENSIONS = {
    "JPEG": ("jpg", "jpeg", "jpe", "jfif"),
    "PNG": ("png",),
    "WEBP": ("webp",),
    "GIF": ("gif",),
    "WAV": ("wav", "wave"),
    "FLAC": ("flac",),
    "OGG": ("ogg", "oga", "opus"),
    "MP3": ("mp3",),
}
IMAGES = ("JPEG", "PNG", "WEBP", "GIF")
AUDIO = ("WAV", "FLAC", "OGG", "MP3")

_PADDING = b"\0 \r\n\t"


def format_of(data: bytes) -> str | None:
    """One of EXTENSIONS, or None for anything else."""
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if data.startswith(b"RIFF"):
        return {b"WEBP": "WEBP", b"WAVE": "WAV"}.get(data[8:12])
    if data.startswith(b"fLaC"):
        return "FLAC"
    if data.startswith(b"OggS"):
        return "OGG"
    # An ID3 tag, or a frame of MPEG layer III: eleven bits of sync, and a layer that is not reserved.
    if data.startswith(b"ID3") or (len(data) > 1 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2):
        return "MP3"
    return None


def accept(data: bytes, name: str, allowed: tuple[str, ...], most_bytes: int) -> str:
    """The format. Raises MediaError unless it is one of `allowed`, fits the name's extension, and ends where it ends.

    `name` may be a path or an address, with or without an extension; without, the content alone decides.
    """
    if not data:
        raise MediaError("The file is empty.")
    if len(data) > most_bytes:
        raise MediaError(f"The file has {len(data):,} bytes; at most {most_bytes:,} are read.")
    found = format_of(data)
    if found not in allowed:
        raise MediaError(f"The file is none of {', '.join(allowed)}, by what is in it.")
    extension = PurePath(name.partition("?")[0].partition("#")[0]).suffix.lower().lstrip(".")
    claimed = next((kind for kind, known in EXTENSIONS.items() if extension in known), None)
    if claimed is not None and claimed != found:
        raise MediaError(f"The file is named .{extension}, but is a {found}; name it for what it is.")
    hidden = data[_end(data, found) :].strip(_PADDING)
    if hidden:
        raise MediaError(f"Behind the end of the {found} there are {len(hidden):,} bytes of something else.")
    return found


def _end(data: bytes, kind: str) -> int:
    """Where the format says that the file ends; the length of `data` where it does not say, or the end is missing."""
    if kind == "JPEG":
        return _after(data, b"\xff\xd9")
    if kind == "PNG":
        place = 8
        while place + 12 <= len(data):
            length, name = int.from_bytes(data[place : place + 4], "big"), data[place + 4 : place + 8]
            place += 12 + length
            if name == b"IEND":
                return place
        return len(data)
    if kind == "GIF":
        return _after(data, b"\x00\x3b")
    if kind in ("WEBP", "WAV"):
        length = int.from_bytes(data[4:8], "little")
        # Recorders that stream write 0 or the greatest number there, since they do not know yet.
        return len(data) if kind == "WAV" and length in (0, 0xFFFFFFFF) else 8 + length + length % 2
    return len(data)


def _after(data: bytes, mark: bytes) -> int:
    """Behind the last `mark`. A thumbnail within the file has one of its own, hence the last."""
    place = data.rfind(mark)
    return len(data) if place < 0 else place + len(mark)
