"""Covers drawn from an item, for where it has no image: inline SVG without style, script or identity.

The vertical and the first category choose colour and motif, so that neighbours in a category look related;
the item's id places the shapes and now and then takes another motif, so that no two look the same and a page of one
category is no wallpaper.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from hashlib import blake2b

#: Hue ranges in degrees of oklch, by vertical. Others get a range of their own from their name.
HUES = {
    "ecommerce": (310, 335),
    "news": (10, 35),
    "video": (272, 290),
    "social": (195, 220),
    "health": (240, 262),
}
WIDTH, HEIGHT = 320, 180


def cover_svg(vertical: str, category: str, item_id: str) -> str:
    """An `<svg>` element that fills its box, hidden from assistive technology. The scrim is the style sheet's."""
    look = _bytes(f"{vertical}/{category}")
    place = _bytes(item_id)
    low, high = HUES.get(vertical) or _own_range(vertical)
    hue = low + look[0] * (high - low) / 255
    # Within a category the ground varies a little in lightness, the shapes in hue.
    ground = f"oklch({38 + place[4] % 8}% .09 {hue:.0f})"
    first = f"oklch({56 + place[5] % 12}% .13 {hue + place[6] % 50 - 25:.0f})"
    second = f"oklch({66 + place[7] % 14}% .1 {hue + 30 + place[5] % 40:.0f})"
    motif = MOTIFS[(look[1] + OTHER_MOTIFS[place[7] % len(OTHER_MOTIFS)]) % len(MOTIFS)]
    return (
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="xMidYMid slice" aria-hidden="true">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{ground}"/>{motif(place, first, second)}</svg>'
    )


def _bytes(text: str) -> bytes:
    return blake2b(text.encode(errors="replace"), digest_size=8).digest()


def _own_range(vertical: str) -> tuple[int, int]:
    start = int.from_bytes(_bytes(vertical)[:2], "big") % 360
    return start, start + 24


def _between(byte: int, low: float, high: float) -> int:
    return round(low + byte * (high - low) / 255)


def _disc(place: bytes, first: str, second: str) -> str:
    x, y, radius = _between(place[0], 110, 210), _between(place[1], 50, 120), _between(place[2], 50, 85)
    return (
        f'<circle cx="{x}" cy="{y}" r="{radius}" fill="{first}"/>'
        f'<circle cx="{x + _between(place[3], -70, 70)}" cy="{y - 20}" r="{radius // 3}" fill="{second}"/>'
    )


def _arc(place: bytes, first: str, second: str) -> str:
    x, y, step = _between(place[0], 90, 230), _between(place[1], 50, 150), _between(place[2], 26, 40)
    rings = "".join(f'<circle cx="{x}" cy="{y}" r="{step * ring}"/>' for ring in (1, 2, 3, 4))
    dot = f'<circle cx="{x}" cy="{y}" r="{_between(place[3], 8, 18)}" fill="{second}"/>'
    return f'<g fill="none" stroke="{first}" stroke-width="{_between(place[3], 7, 15)}">{rings}</g>{dot}'


def _bars(place: bytes, first: str, second: str) -> str:
    width, lit = _between(place[3], 24, 36), place[2] % 6
    bars = []
    for column in range(6):
        height = 40 + (place[column % 4] * (column + 3) * 7) % 130
        fill = second if column == lit else first
        left = 20 + column * 50
        bars.append(f'<rect x="{left}" y="{HEIGHT - height}" width="{width}" height="{height}" rx="4" fill="{fill}"/>')
    return "".join(bars)


def _wave(place: bytes, first: str, second: str) -> str:
    def crest(top: int, swell: int) -> str:
        return f"M-20 {top}q45 {-swell} 90 0t90 0 90 0 90 0V180H-20z"

    top, swell = _between(place[0], 60, 100), _between(place[1], 30, 70)
    return (
        f'<circle cx="{_between(place[2], 95, 225)}" cy="{_between(place[3], 30, 60)}" r="22" fill="{second}"/>'
        f'<path d="{crest(top, swell)}" fill="{first}" opacity=".55"/>'
        f'<path d="{crest(top + 34, -swell)}" fill="{first}"/>'
    )


def _grid(place: bytes, first: str, second: str) -> str:
    # Round caps on dashes of no length are dots: a row of them is one line.
    gap, radius = _between(place[0], 30, 44), _between(place[1], 12, 22)
    offset = _between(place[2], 0, 20)
    rows = "".join(f"M{offset - 10} {y}H340" for y in range(offset, HEIGHT + gap, gap))
    x, y = offset - 10 + gap * (3 + place[3] % 3), offset + gap * (1 + place[2] % 2)
    return (
        f'<path d="{rows}" stroke="{first}" stroke-width="{radius}" stroke-linecap="round" '
        f'stroke-dasharray="0 {gap}"/><circle cx="{x}" cy="{y}" r="{radius}" fill="{second}"/>'
    )


def _triangle(place: bytes, first: str, second: str) -> str:
    def points(x: int, y: int, size: int, turn: float) -> str:
        corners = (turn + third * 2 * math.pi / 3 for third in range(3))
        return " ".join(f"{x + size * math.cos(a):.0f},{y + size * math.sin(a):.0f}" for a in corners)

    x, y = _between(place[0], 110, 200), _between(place[1], 60, 120)
    size, turn = _between(place[2], 70, 110), place[3] / 255 * math.pi
    return (
        f'<polygon points="{points(x, y, size, turn)}" fill="{first}"/>'
        f'<polygon points="{points(x + size // 2, y - 10, size // 2, turn + 1)}" fill="{second}" opacity=".85"/>'
    )


MOTIFS: tuple[Callable[[bytes, str, str], str], ...] = (_disc, _arc, _bars, _wave, _grid, _triangle)
#: Steps from a category's own motif, by the item: half of a category keep it.
OTHER_MOTIFS = (0, 0, 0, 1, 3, 4)
