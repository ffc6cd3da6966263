"""What the figures of language runs are called, in what unit they are, and over how many things each was taken.

Names are those of the manifest's `figures`, which `recommender.language` and `recommender.jobs` write.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

#: Figure → its name, with the unit where there is one. A heading says who writes those below it.
WORDS = {
    # any run that learns
    "training.steps": gettext_lazy("Steps of the training"),
    "training.seconds": gettext_lazy("Time of the training, s"),
    "training.stopped_early": gettext_lazy("Stopped because nothing improved"),
    # pretrain
    "texts.train": gettext_lazy("Texts learned from"),
    "texts.held_out": gettext_lazy("Texts held out"),
    "tokens.train": gettext_lazy("Tokens learned from"),
    "tokens.held_out": gettext_lazy("Tokens held out"),
    "fresh_head": gettext_lazy("Output layer made anew"),
    "perplexity_fresh_head": gettext_lazy("Perplexity with the new output layer, untrained"),
    "perplexity_before": gettext_lazy("Perplexity before"),
    "perplexity_after": gettext_lazy("Perplexity after"),
    "objective": gettext_lazy("What it learned"),
    # contrastive
    "base": gettext_lazy("Model it began with"),
    "fingerprint": gettext_lazy("Fingerprint"),
    "examples": gettext_lazy("Examples learned from"),
    "pairs": gettext_lazy("Pairs of likes learned from"),
    "questions": gettext_lazy("Questions about items kept out"),
    "kept": gettext_lazy("Better by more than chance, and kept"),
    "before.ndcg@10": gettext_lazy("NDCG@10 for items kept out, before"),
    "after.ndcg@10": gettext_lazy("NDCG@10 for items kept out, after"),
    "decay": gettext_lazy("What an event counts beside the next newer one"),
    # interest
    "questions.train": gettext_lazy("Questions learned from"),
    "questions.validation": gettext_lazy("Questions it was measured on"),
    "kinds.liked": gettext_lazy("Items in the questions that were liked"),
    "kinds.refused": gettext_lazy("Items in the questions that were refused"),
    "kinds.popular": gettext_lazy("Items in the questions drawn by popularity"),
    "kinds.hard": gettext_lazy("Items in the questions that look right"),
    "temperature": gettext_lazy("Divisor of the logits, for calibration"),
    "shift": gettext_lazy("Shift of the logits, for calibration"),
    "onnx_difference.fp32": gettext_lazy("Exported model: largest difference of a logit"),
    "onnx_difference.int8": gettext_lazy("Exported smaller model: largest difference of a logit"),
    "reasons.questions": gettext_lazy("Reasons: questions that were checked"),
    "reasons.named": gettext_lazy("Reasons: loss of logit without the named event"),
    "reasons.any": gettext_lazy("Reasons: loss of logit without any one event"),
    "reasons.agreement": gettext_lazy("Reasons: share whose named event costs most"),
    "privacy.epsilon": gettext_lazy("Privacy: ε spent"),
    "privacy.epsilon_rdp": gettext_lazy("Privacy: ε by a second accountant"),
    "privacy.delta": gettext_lazy("Privacy: δ, chance of a failure"),
    "privacy.persons": gettext_lazy("Privacy: persons learned from"),
    "privacy.unit": gettext_lazy("Privacy: what is protected"),
    "privacy.sampling": gettext_lazy("Privacy: how persons are drawn"),
    "privacy.clip": gettext_lazy("Privacy: pull of one person, at most"),
    "privacy.secure_mode": gettext_lazy("Privacy: secure noise of Opacus"),
    "privacy.noise_from": gettext_lazy("Privacy: where the noise is from"),
    # distil
    "texts": gettext_lazy("Texts learned from and held out"),
    "teacher.base": gettext_lazy("Teacher"),
    "teacher.fingerprint": gettext_lazy("Teacher: fingerprint"),
    "teacher.layers": gettext_lazy("Teacher: layers"),
    "teacher.parameters": gettext_lazy("Teacher: parameters"),
    "teacher.bytes": gettext_lazy("Teacher: size in memory, bytes"),
    "student.fingerprint": gettext_lazy("Student: fingerprint"),
    "student.layers": gettext_lazy("Student: layers"),
    "student.parameters": gettext_lazy("Student: parameters"),
    "student.bytes": gettext_lazy("Student: size in memory, bytes"),
    # keywords
    "keywords.vocabulary": gettext_lazy("Keywords of the catalogue"),
    "keywords.writable": gettext_lazy("Keywords that it can write"),
    "keywords.left_out": gettext_lazy("Keywords left out, too long to write"),
    "examples.train": gettext_lazy("Examples learned from"),
    "examples.validation": gettext_lazy("Examples it was measured on"),
    "parameters": gettext_lazy("Parameters"),
    "keyword_precision": gettext_lazy("Share of written keywords that the next item has"),
    "keyword_recall": gettext_lazy("Share of the next item’s keywords that were written"),
    "in_vocabulary": gettext_lazy("Share of written keywords that are the catalogue’s"),
    "recall@10": gettext_lazy("Recall@10 of the next item, by keywords"),
    "popularity_recall@10": gettext_lazy("Recall@10 of the next item, by popularity"),
    "match_settings.idf": gettext_lazy("Matching: power of a keyword’s rarity"),
    "match_settings.evenness": gettext_lazy("Matching: holding back items with many keywords"),
    "match_settings.likes": gettext_lazy("Matching: gain by likes"),
    # embed, and encoders that were adopted
    "items": gettext_lazy("Items"),
    "read": gettext_lazy("Items read"),
    "failed": gettext_lazy("Items that could not be read"),
    "shards": gettext_lazy("Parts that workers read"),
    "dimensions": gettext_lazy("Dimensions of a vector"),
    "max_tokens": gettext_lazy("Tokens read of a text, at most"),
    "next_item.questions": gettext_lazy("Persons asked about their last like"),
    "next_item.ndcg@10": gettext_lazy("NDCG@10 of the next item, by this encoder"),
    "next_item.ndcg@10_before": gettext_lazy("NDCG@10 of the next item, by the encoder before"),
    # write-keywords
    "persons": gettext_lazy("Persons read, all told"),
    "persons_with_keywords": gettext_lazy("Persons with keywords"),
    "keywords_each": gettext_lazy("Keywords a person, on average"),
    "different_keywords": gettext_lazy("Different keywords"),
    "seconds": gettext_lazy("Time, s"),
    "persons_per_second": gettext_lazy("Persons a second"),
}
#: Where two tasks mean different things by one name.
OWN_WORDS = {
    ("write-keywords", "read"): gettext_lazy("Persons read in this run"),
}

#: What is measured more than once: while it learns, before and after.
MEASURES = {
    "step": gettext_lazy("Step"),
    "epoch": gettext_lazy("Epoch"),
    "loss": gettext_lazy("Loss"),
    "held_out": gettext_lazy("Loss on what is held out"),
    "perplexity": gettext_lazy("Perplexity"),
    "ndcg": gettext_lazy("NDCG"),
    "ndcg@10": gettext_lazy("NDCG@10"),
    "decay": gettext_lazy("Fading of the history"),
    "accuracy": gettext_lazy("Accuracy"),
    "auc": gettext_lazy("AUC"),
    "log_loss": gettext_lazy("Log loss, nats"),
    "ece": gettext_lazy("Calibration error"),
    "cosine": gettext_lazy("Mean cosine with the teacher"),
    "least_cosine": gettext_lazy("Least cosine with the teacher"),
}
#: What stands before the name of such a figure → when it was measured.
WHEN = {
    "": "%(measure)s",
    "before.": gettext_lazy("%(measure)s, before"),
    "after.": gettext_lazy("%(measure)s, after"),
    "uncalibrated.": gettext_lazy("%(measure)s, not calibrated"),
    "training.best.": gettext_lazy("%(measure)s, at the best evaluation"),
}
VALUES = {
    ("objective", "masked"): gettext_lazy("to fill in hidden words"),
    ("objective", "causal"): gettext_lazy("to go on with a text"),
    ("privacy.unit", "one person, added or removed; an example is the person's capped history"): gettext_lazy(
        "one person, added or removed; an example is the person’s capped history"
    ),
    ("privacy.sampling", "Poisson"): gettext_lazy("each by chance, on their own (Poisson)"),
    ("privacy.noise_from", "a seed that is known: nothing is private"): gettext_lazy(
        "a seed that is known: nothing is private"
    ),
    ("privacy.noise_from", "the system's entropy"): gettext_lazy("the system’s entropy"),
}

#: (task, starts of figures, the figure that says over how many they were taken). The first that fits holds.
TAKEN_OVER = (
    ("pretrain", ("perplexity",), "tokens.held_out"),
    ("contrastive", ("before.ndcg", "after.ndcg", "training.best.ndcg"), "questions"),
    ("interest", ("reasons.",), "reasons.questions"),
    ("interest", ("before.", "uncalibrated.", "training.best.auc", "training.best.log_loss"), "questions.validation"),
    ("interest", ("accuracy", "auc", "log_loss", "ece"), "questions.validation"),
    ("keywords", ("keyword_", "recall@", "popularity_recall@", "in_vocabulary"), "examples.validation"),
    ("embed", ("next_item.ndcg",), "next_item.questions"),
    ("write-keywords", ("keywords_each", "in_vocabulary"), "persons"),
)


def figure_name(task: str, figure: str) -> str:
    """In words; the key itself for a figure that nobody named, such as a plugin's."""
    if named := OWN_WORDS.get((task, figure)) or WORDS.get(figure):
        return str(named)
    for start in sorted(WHEN, key=len, reverse=True):
        if figure.startswith(start) and (measure := MEASURES.get(figure.removeprefix(start))):
            return str(WHEN[start]) % {"measure": measure}
    return figure


def measure_name(measure: str) -> str:
    """Of a curve."""
    return str(MEASURES.get(measure, measure))


def figure_value(figure: str, value: Any) -> Any:
    """What was written as a word of ours, in the reader's language."""
    return VALUES.get((figure, value), value) if isinstance(value, str) else value


def taken_over(task: str, figure: str, figures: Mapping[str, Any]) -> str:
    """Over how many questions, tokens or persons a figure was taken; empty where it is none of a sample."""
    for own, starts, count in TAKEN_OVER:
        n = figures.get(count)
        if task == own and figure.startswith(starts) and figure != count and isinstance(n, int):
            return _counted(count, n)
    return ""


def _counted(count: str, n: int) -> str:
    said = {"n": f"{n:,}"}
    if count.startswith("tokens"):
        return ngettext("%(n)s token", "%(n)s tokens", n) % said
    if count == "persons":
        return ngettext("%(n)s person", "%(n)s persons", n) % said
    if count.startswith("examples"):
        return ngettext("%(n)s example", "%(n)s examples", n) % said
    return ngettext("%(n)s question", "%(n)s questions", n) % said


def with_count(value: str, count: str) -> str:
    """One cell for both, where there is no column for the second."""
    return _("%(value)s (n: %(count)s)") % {"value": value, "count": count} if count else value
