"""Let a voice word the sentences that explanations are made of, and keep those that the checker lets through."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.utils import timezone

from catalog.models import Storefront
from catalog.schema import say

from .. import registry
from ..contracts import Vertical
from ..explaining import Checker, Lexicon, reason_words, shared_words, template_keys, template_refusal
from ..language.voice.prompts import Facts
from ..language.voice.speaking import SpokenVoice
from ..models import GeneratedText

KIND = GeneratedText.Kind.EXPLANATION

#: Called with how many sentences are done and how many there are.
Progress = Callable[[int, int], None]


@dataclass
class TextsWorded:
    """What became of the sentences. `refused`: what the voice said that the checker does not let through, and why.

    `silent`: those for which the voice gave nothing that may come out. `waiting`: those that it was not asked for,
    because it could not be reached; the next run goes on with them.
    """

    kept: int = 0
    unchanged: int = 0
    removed: int = 0
    silent: int = 0
    waiting: int = 0
    refused: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class _Sentence:
    key: str
    kind: str
    field: str
    language: str


def texts_word(
    storefront: Storefront,
    voice: SpokenVoice,
    languages: Sequence[str] = (),
    progress: Progress = lambda done, total: None,
) -> TextsWorded:
    """Word every sentence of the storefront's vertical that this voice has not worded yet.

    A sentence that was kept before stays until another takes its place, or the checker no longer passes it. `languages`
    are those of the site unless told otherwise. Each sentence is kept as soon as it is worded, so that an interrupted
    run goes on where it stopped.
    """
    vertical = registry.vertical(storefront.vertical)
    languages = tuple(languages) or tuple(code for code, _name in settings.LANGUAGES)
    checkers = {language: Checker(Lexicon.of(vertical, language)) for language in languages}
    sentences = list(_sentences(vertical, languages))
    result = TextsWorded(removed=_swept(storefront, sentences, checkers))
    known = {
        (row.key, row.language): row.fingerprint
        for row in GeneratedText.objects.filter(storefront=storefront, kind=KIND, language__in=languages)
    }
    for done, sentence in enumerate(sentences):
        progress(done, len(sentences))
        facts = facts_of_sentence(vertical, sentence.kind, sentence.field, sentence.language)
        fingerprint = _fingerprint(voice, facts, sentence.language)
        if known.get((sentence.key, sentence.language)) == fingerprint:
            result.unchanged += 1
        elif not voice.available:
            result.waiting += 1
        else:
            _word(storefront, voice, sentence, facts, fingerprint, checkers[sentence.language], result)
    progress(len(sentences), len(sentences))
    return result


def facts_of_sentence(vertical: Vertical, kind: str, field: str, language: str) -> Facts:
    """What a voice is told: our own sentence, with slots where titles and values stand. No text of any item."""
    did = {"did": say(reason_words(vertical, kind), language)}
    return {**did, "shared": shared_words(vertical, (field, "{facet}"), language)} if field else did


def _sentences(vertical: Vertical, languages: Sequence[str]) -> Iterator[_Sentence]:
    for language in languages:
        for key, kind, name in template_keys(vertical):
            yield _Sentence(key, kind, name, language)


def _word(
    storefront: Storefront,
    voice: SpokenVoice,
    sentence: _Sentence,
    facts: Facts,
    fingerprint: str,
    checker: Checker,
    result: TextsWorded,
) -> None:
    text = voice.word("explanation", facts, sentence.language)
    if text is None:
        result.silent += 1
        return
    if why := template_refusal(text, checker, sentence.kind, sentence.field):
        result.refused.append((text, why))
        return
    GeneratedText.objects.update_or_create(
        storefront=storefront,
        kind=KIND,
        key=sentence.key,
        language=sentence.language,
        defaults={
            "text": text,
            "model": voice.name[:200],
            "fingerprint": fingerprint,
            "created_at": timezone.now(),
        },
    )
    result.kept += 1


def _swept(storefront: Storefront, sentences: Sequence[_Sentence], checkers: dict[str, Checker]) -> int:
    """Remove what the vertical no longer says, and what the checker no longer passes. Returns how many."""
    wanted = {(sentence.key, sentence.language): sentence for sentence in sentences}
    gone = []
    for row in GeneratedText.objects.filter(storefront=storefront, kind=KIND, language__in=list(checkers)):
        sentence = wanted.get((row.key, row.language))
        if sentence is None or template_refusal(row.text, checkers[row.language], sentence.kind, sentence.field):
            gone.append(row.pk)
    GeneratedText.objects.filter(pk__in=gone).delete()
    return len(gone)


def _fingerprint(voice: SpokenVoice, facts: Facts, language: str) -> str:
    """Of the prompt, the model, and what it was told."""
    parts = [voice.fingerprint("explanation", language), sorted(facts.items())]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:16]
