from __future__ import annotations

from recommender.management.commands.distill import Command as Distill


class Command(Distill):
    """`distill`, as the British spell it."""
