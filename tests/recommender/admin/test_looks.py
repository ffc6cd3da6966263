"""What the style sheet of the admin promises: edges that are seen in light and dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

SHEET = (Path(__file__).parents[3] / "recommender/static/admin_kindred/kindred.css").read_text()


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize(("look", "ground"), [(":root", "#ffffff"), (".dark", "#1b1c1a")])
@pytest.mark.parametrize("token", ["--rx-control", "--rx-focus", "--rx-bad"])
def test_the_edge_of_what_can_be_filled_in_stands_out(look, ground, token):
    block = re.search(rf"^{re.escape(look)} {{(.*?)^}}", SHEET, re.DOTALL | re.MULTILINE)[1]
    colour = re.search(rf"{token}: (#[0-9a-f]{{6}})", block)[1]
    light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 3
