"""Invented persons who behave like people, for demos and tests where no real data may be used.

Each person is a mixture of up to three personas whose shares drift with time. They come in sessions: they look,
follow a chain of things that go together (a tent, then a footprint, then pegs), sometimes commit (buy, watch),
rate what they got, search in words, and now and then hide something. About an eighth of what they look at has
nothing to do with their taste. Which of a vertical's kinds plays which part follows from what the kinds declare.
"""

from .demo import Demo
from .people import simulate, simulate_persons
from .ties import simulate_ties

__all__ = ["Demo", "simulate", "simulate_persons", "simulate_ties"]
