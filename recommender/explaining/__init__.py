"""Words for explanations, and the checker that refuses what the trace of a score does not say."""

from .grounding import Checker
from .lexicon import Lexicon
from .lexicon_words import reason_words
from .telling import MOST_REASONS, deed_of, reasons_sentence, shared_facet, shares_of, telling_events, thing_of
from .trace import Deed, Thing, Trace
from .wording import because, counterfactual_sentence, shared_words, template_keys, template_refusal

__all__ = [
    "MOST_REASONS",
    "Checker",
    "Deed",
    "Lexicon",
    "Thing",
    "Trace",
    "because",
    "counterfactual_sentence",
    "deed_of",
    "reason_words",
    "reasons_sentence",
    "shared_facet",
    "shared_words",
    "shares_of",
    "telling_events",
    "template_keys",
    "template_refusal",
    "thing_of",
]
