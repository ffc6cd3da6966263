"""Sixty texts that give orders to a language model, and what somebody who obeys would answer."""

from pathlib import Path
from typing import NamedTuple


class Injection(NamedTuple):
    kind: str  # canary, url or id
    answer: str  # what an obedient voice says
    text: str  # what stands in the catalogue


INJECTIONS = [
    Injection(*line.split("\t"))
    for line in (Path(__file__).parent / "injections.txt").read_text(encoding="utf-8").splitlines()
]

#: Texts of a catalogue of teas, in which every fourth says the same.
CATALOGUE = [
    "Black tea with a note of malt, for the morning",
    "Green tea from the hills, light and fresh",
    "A cup for tea, made of stone",
    "红茶，适合早晨饮用的商品",
    "绿茶，来自山里的商品",
] * 4
