"""How good a recommendation is: splits, metrics over the full ranking, and how sure one can be."""

from .report import Report, evaluate
from .significance import Difference, paired_difference
from .splits import PROTOCOLS, Split, global_time, leave_one_out, random_split

__all__ = [
    "PROTOCOLS",
    "Difference",
    "Report",
    "Split",
    "evaluate",
    "global_time",
    "leave_one_out",
    "paired_difference",
    "random_split",
]
