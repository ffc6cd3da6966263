"""What the recommender's stores answer to privacy requests: trained models, texts and vectors, caches, findings.

How their receipts are read stands in the admin, beside the names of models; see `admin.receipt_words`.
"""

from __future__ import annotations

from celery import current_app
from django.db import transaction
from django.db.models import Min
from django.utils import timezone

from behaviour.models import Behaviour, Person, PrivacyRequest
from behaviour.stores import Outcome, Receipt

from ..models import Artifact, LintFinding, Quote, TrainingRun

Kind = PrivacyRequest.Kind
TRAINING = "training"


def models_answer(person: Person, request: PrivacyRequest) -> Receipt | None:
    """Everything that was trained since the person first did something may have learned from it.

    Runs that are at work are named, too: one that read the person publishes nothing; see `jobs.snapshots`.
    """
    if request.kind == Kind.EXPORT or (request.kind == Kind.OBJECT and TRAINING not in request.purposes):
        return None
    first = Behaviour.objects.filter(person=person).aggregate(at=Min("received_at"))["at"]
    artifacts, runs = [], []
    if first is not None:
        trained = Artifact.objects.filter(storefront=person.storefront_id, created_at__gte=first)
        artifacts = list(trained.exclude(product=Artifact.Product.REPORT).order_by("pk").values_list("pk", flat=True))
        at_work = TrainingRun.objects.filter(storefront=person.storefront_id, status=TrainingRun.Status.RUNNING)
        runs = list(at_work.values_list("pk", flat=True))
    if not artifacts and not runs:
        return Receipt(Outcome.NOTHING)
    facts = {"artifacts": artifacts, "runs": runs}
    return Receipt(Outcome.TO_DO, {Artifact._meta.label_lower: len(artifacts)} if artifacts else {}, facts)


def texts_answer(person: Person, request: PrivacyRequest) -> Receipt | None:
    """What the person wrote about items is part of the items' texts, and so of their vectors: they are read again."""
    if request.kind != Kind.ERASE:
        return None
    items = sorted(set(Quote.objects.filter(person=person).values_list("item", flat=True)))
    if not items:
        return Receipt(Outcome.NOTHING)
    # Not at the next quarter of an hour: the words are gone from the text now, and from its vector within a minute.
    refresh = current_app.signature("recommender.tasks.quote")
    transaction.on_commit(lambda: refresh.apply_async(expires=600), robust=True)
    return Receipt(Outcome.TO_DO, {"catalog.item": len(items)}, {"items": items, "since": timezone.now().isoformat()})


def caches_answer(person: Person, request: PrivacyRequest) -> Receipt | None:
    return Receipt(Outcome.NO_PERSON) if request.kind == Kind.ERASE else None


def findings_answer(person: Person, request: PrivacyRequest) -> Receipt | None:
    """Samples of the linter name persons and events: those of this one are taken out."""
    if request.kind != Kind.ERASE:
        return None
    changed = 0
    for finding in LintFinding.objects.filter(storefront=person.storefront_id).exclude(samples=[]):
        words = {text for sample in finding.samples for text in _texts(sample)}
        events = Behaviour.objects.filter(person=person, event_id__in=words).values_list("event_id", flat=True)
        theirs = {person.external_id, *events}
        left = [sample for sample in finding.samples if theirs.isdisjoint(_texts(sample))]
        if len(left) < len(finding.samples):
            LintFinding.objects.filter(pk=finding.pk).update(samples=left)
            changed += 1
    return Receipt(Outcome.GONE, {LintFinding._meta.label_lower: changed}) if changed else Receipt(Outcome.NOTHING)


def _texts(sample: object) -> set[str]:
    """Every text in a sample, however deep."""
    if isinstance(sample, dict):
        return set().union(*map(_texts, sample.values()))
    if isinstance(sample, list):
        return set().union(*map(_texts, sample))
    return {sample} if isinstance(sample, str) else set()


def artifacts_named(request: PrivacyRequest) -> set[int]:
    """Primary keys of the artifacts that a request's receipts name."""
    return {pk for receipt in request.receipts for pk in receipt["facts"].get("artifacts", ())}
