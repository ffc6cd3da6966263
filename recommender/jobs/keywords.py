"""Write what everybody seems to like, in words of the catalogue: the keyword writer at work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone

from behaviour.models import Person
from catalog.models import Storefront

from .. import registry, selectors
from ..artifacts import verify
from ..language.preparation import fit_to_tokens
from ..models import Artifact, PersonKeywords, TrainingRun
from .ledger import Ledger, Status
from .publishing import report_published

if TYPE_CHECKING:
    from ..language.keyword_writer import KeywordWriter

BATCH = 64
EVENTS = 12  # that a writer reads, unless its own settings say otherwise
KEYWORDS = 8


def keywords_write(run: TrainingRun, ledger: Ledger) -> Artifact:
    """Do a run of the task WRITE_KEYWORDS: everybody who did something since their keywords were written.

    Kept batch by batch, so that an interrupted run goes on where it stopped. Whoever refuses personalisation gets no
    keywords, and loses those that they had.
    """
    from ..language.keyword_writer import KeywordWriter

    storefront = run.storefront
    source = Artifact.objects.get(pk=run.config["artifact"], storefront=storefront)
    ledger.stage("prepare", 0.0, 0.05)
    verify(source.path)
    writer = KeywordWriter.load(source.path, settings.DEVICE or "cpu")
    allowed = selectors.personalised_persons(storefront)
    PersonKeywords.objects.filter(storefront=storefront).exclude(person__in=allowed).delete()
    ledger.stage("write", 0.05, 0.95)
    waiting = persons_waiting(allowed, source)
    total, done, started_at = waiting.count(), 0, timezone.now()
    ledger.log(f"{total:,} persons to read, with {source}; {len(writer.vocabulary.words):,} keywords can be written.")
    for batch in _batches(waiting):
        _write(storefront, source, writer, batch, int(run.config.get("keywords", KEYWORDS)))
        done += len(batch)
        ledger.progress("write", done / max(total, 1), {})
    ledger.stage("publish", 0.95, 1.0)
    seconds = (timezone.now() - started_at).total_seconds()
    figures = _figures(storefront, source, writer)
    figures |= {"read": done, "seconds": round(seconds, 1), "persons_per_second": round(done / max(seconds, 1e-9), 1)}
    report = report_published(run, ledger, figures, writer={"artifact": source.pk, "fingerprint": writer.fingerprint})
    with transaction.atomic():
        report.save()
        ledger.end(Status.FINISHED)
    return report


def persons_waiting(allowed: QuerySet[Person], source: Artifact) -> QuerySet[Person]:
    """Who did something, and has no keywords of this writer, or did something since."""
    stale = Q(keywords=None) | Q(keywords__artifact=None) | ~Q(keywords__artifact=source)
    return (
        allowed.annotate(newest=Max("behaviours__received_at"))
        .filter(newest__isnull=False)
        .filter(stale | Q(keywords__generated_at__lt=F("newest")))
        .order_by("pk")
    )


def _batches(waiting: QuerySet[Person]) -> Iterator[list[int]]:
    last = 0
    while batch := list(waiting.filter(pk__gt=last).values_list("pk", flat=True)[:BATCH]):
        yield batch
        last = batch[-1]


def _write(storefront: Storefront, source: Artifact, writer: KeywordWriter, persons: list[int], count: int) -> None:
    vertical = registry.vertical(storefront.vertical)
    language = selectors.language_of(storefront)
    # The time before the events were read: somebody who goes on meanwhile is newer than their keywords.
    now = timezone.now()
    most = int(source.manifest.get("config", {}).get("events", EVENTS))
    texts = [
        fit_to_tokens(
            events, lambda told: vertical.history_text(told, language), writer.count_tokens, writer.max_tokens
        )
        for events in selectors.views_of(storefront, persons, most).values()
    ]
    written = writer.write(texts, count)
    PersonKeywords.objects.bulk_create(
        [
            PersonKeywords(
                storefront=storefront,
                person_id=person,
                language=language,
                keywords=[[word, round(score, 6)] for word, score in words],
                artifact=source,
                generated_at=now,
            )
            for person, words in zip(persons, written, strict=True)
        ],
        update_conflicts=True,
        unique_fields=["person"],
        update_fields=["language", "keywords", "artifact", "generated_at"],
    )


def _figures(storefront: Storefront, source: Artifact, writer: KeywordWriter) -> dict[str, Any]:
    """Of all keywords that this writer's persons have now."""
    rows = PersonKeywords.objects.filter(storefront=storefront, artifact=source)
    counts, words, known = [], [], 0
    for keywords in rows.values_list("keywords", flat=True).iterator(chunk_size=2_000):
        counts.append(len(keywords))
        words += [word for word, _score in keywords]
    vocabulary = set(writer.vocabulary.words)
    known = sum(word in vocabulary for word in words)
    return {
        "persons": len(counts),
        "persons_with_keywords": sum(count > 0 for count in counts),
        "keywords_each": float(np.mean(counts)) if counts else 0.0,
        "different_keywords": len(set(words)),
        "in_vocabulary": known / max(len(words), 1),
    }
