"""One storefront's state in this process, and the registry of them all."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
from django.db.models import Count
from django.utils import timezone

from catalog.models import Item, Storefront
from catalog.schema import Schema, schema_for

from .. import registry, selectors
from ..artifacts import ArtifactError
from ..data import Ranking
from ..index.words import WordIndex
from ..language.interest_onnx import OnnxInterest
from ..language.keyword_ranking import KeywordSource
from ..language.model_folder import EncoderError
from ..language.onnx_encoder import OnnxEncoder
from ..language.wishes_vocabulary import Vocabulary, asked_stems, stems, vocabulary_of
from ..models import Artifact, Exploration, LiveEncoder, LiveMediaEncoder, OperatorRule, Standby
from ..selectors.experiments import Running
from .catalogue import Catalogue, merged
from .interest import folder_of, interest_in
from .keywords import keywords_folder_of, keywords_in
from .labels import labels_of
from .model import Model, load
from .popularity import Popularity
from .steering import Compiled, compiled, stamps_of

logger = logging.getLogger(__name__)

REFRESH = 1.0  # seconds between looks at the database
VOCABULARY_REFRESH = 60.0
ENCODER_RETRY = 10.0
OVERLAP = timedelta(seconds=60)  # a transaction may commit rows that it stamped a while ago
MODELS_KEPT = 8
LEAST_IMAGES = 5  # below that, nothing stands out
LEAST_SAID = 0.25  # of a question: an item that has less of its words is not found by them
FIELD_WEIGHTS = {"title": 3.0, "labels": 2.0, "text": 1.0}  # a word in the title says more than one in the text


class LiveStorefront:
    """Keeps one storefront's catalogue, models, word index and popularity in step with the database."""

    def __init__(self, storefront: Storefront):
        self.storefront_id = storefront.pk
        self._lock = threading.RLock()
        self._looked_at = 0.0
        self._looked_for_items_at: datetime = datetime.min
        self._stamps: dict[int, datetime] = {}
        self._vectors_since: datetime | None = None
        self._encoder: LiveEncoder | None = None
        self._media: tuple = ()
        self._image_encoder: LiveMediaEncoder | None = None
        self._image_words: OnnxEncoder | None = None
        self._catalogue: Catalogue | None = None
        self._deployments: dict[str, tuple[int, Artifact]] = {}
        self._experiments: dict[str, Running] = {}
        self._explorations: dict[str, Exploration] = {}
        self._models: dict[int, Model | None] = {}
        self._words: WordIndex | None = None
        self._popularity = Popularity()
        self._onnx: OnnxEncoder | None = None
        self._vocabulary: tuple[int, float, Vocabulary] | None = None
        self._interest: Path | None = None
        self._keywords: Path | None = None
        self._rules: list[OperatorRule] = []
        self._shadows: dict[str, tuple[int, float]] = {}
        self._compiled: tuple[tuple, list[Compiled]] = ((), [])
        self._encoder_again_at = float("-inf")
        self._unread: tuple[object, np.ndarray] | None = None

    def refresh(self) -> None:
        """Look at the database, unless that was done within the last REFRESH seconds."""
        if time.monotonic() - self._looked_at < REFRESH:
            return
        with self._lock:
            if time.monotonic() - self._looked_at < REFRESH:
                return
            self._looked_at = time.monotonic()
            storefront = Storefront.objects.get(pk=self.storefront_id)
            if storefront.vertical not in registry.verticals():
                return  # services refuse such a storefront; what is kept here waits until the plugin is back
            self._deployments = {
                row.placement: (row.pk, row.artifact) for row in selectors.deployments_live(storefront)
            }
            self._experiments = selectors.experiments_running(storefront)
            self._explorations = selectors.explorations_active(storefront)
            self._interest = folder_of(storefront.pk)
            self._keywords = keywords_folder_of(storefront.pk)
            self._refresh_items(storefront)
            self._refresh_vectors(storefront)
            self._refresh_media(storefront)
            shadows = Standby.objects.filter(storefront=storefront, active=True, role=Standby.Role.SHADOW)
            self._shadows = {one.placement: (one.pk, one.share) for one in shadows}
            self._rules = list(OperatorRule.objects.filter(storefront=storefront, active=True))

    def look_again(self) -> None:
        """Look at the database at once: somebody in this process knows that it has changed."""
        self._looked_at = float("-inf")

    @property
    def catalogue(self) -> Catalogue:
        if self._catalogue is None:
            self.look_again()
            self.refresh()
        return self._catalogue

    def _refresh_items(self, storefront: Storefront) -> None:
        rows = Item.objects.filter(storefront=storefront)
        if self._catalogue is None:
            self._looked_for_items_at = timezone.now()
            changed = list(rows.order_by("pk").iterator(2000))
        else:
            # Two steps: a bulk import stays inside the overlap for a minute, and must not be read again every second.
            since = self._looked_for_items_at - OVERLAP
            self._looked_for_items_at = timezone.now()
            stamps = dict(rows.filter(updated_at__gt=since).values_list("pk", "updated_at"))
            changed = self._items(storefront, [pk for pk, at in stamps.items() if self._stamps.get(pk) != at])
            if not changed:
                return
        horizon = self._looked_for_items_at - 2 * OVERLAP
        kept = {pk: at for pk, at in self._stamps.items() if at > horizon}
        self._stamps = {**kept, **{item.pk: item.updated_at for item in changed if item.updated_at > horizon}}
        self._catalogue = merged(self._catalogue, storefront, changed)
        if self._words is not None:
            schema = schema_for(storefront.vertical)
            for item in changed:
                self._words.add(self._catalogue.row_of[item.pk], _document(schema, item))

    @staticmethod
    def _items(storefront: Storefront, pks: list[int]) -> list[Item]:
        """In the order of their primary keys, a few hundred a query: SQLite bears no more variables."""
        found = []
        for start in range(0, len(pks), 500):
            found += Item.objects.filter(storefront=storefront, pk__in=pks[start : start + 500])
        return sorted(found, key=lambda item: item.pk)

    def _refresh_vectors(self, storefront: Storefront) -> None:
        encoder = LiveEncoder.objects.filter(storefront=storefront).first()
        if encoder is None:
            return
        if self._encoder is None or encoder.fingerprint != self._encoder.fingerprint:
            self._vectors_since, self._onnx, self._encoder_again_at = None, None, float("-inf")
            self._catalogue = replace(self._catalogue, items=replace(self._catalogue.items, vectors=None))
        self._encoder = encoder
        since = self._vectors_since
        newest = selectors.vectors_newest(storefront, encoder.fingerprint)
        vectors = self._catalogue.items.vectors
        whole = vectors is not None and len(vectors) == len(self._catalogue)
        if newest is None or (whole and newest == since):
            return
        matrix = np.zeros((len(self._catalogue), encoder.dimensions), dtype=np.float32)
        if vectors is not None:
            matrix[: len(vectors)] = vectors
        row_of = self._catalogue.row_of
        for pk, vector in selectors.vectors_of(storefront, encoder.fingerprint, since and since - OVERLAP):
            if pk in row_of:
                matrix[row_of[pk]] = vector
        self._vectors_since = newest
        self._catalogue = replace(
            self._catalogue,
            version=self._catalogue.version + 1,
            items=replace(self._catalogue.items, vectors=matrix),
        )

    def rules(self, storefront: Storefront, catalogue: Catalogue) -> list[Compiled]:
        """The active rules of operators over the rows of a catalogue, the weightiest first; compiled once a change."""
        rules = self._rules
        if not rules:
            return []
        stamp = (catalogue.version, *stamps_of(rules))
        kept = self._compiled
        if kept[0] != stamp:
            self._compiled = kept = (stamp, [compiled(rule, catalogue, storefront.vertical) for rule in rules])
        return kept[1]

    @property
    def rules_stamp(self) -> tuple:
        """Changes when an active rule of operators does."""
        return stamps_of(self._rules)

    def _refresh_media(self, storefront: Storefront) -> None:
        """Media change seldom: where one did, all vectors of its modality are read again."""
        live = selectors.media_encoders(storefront)
        self._image_encoder = next((row for row in live if row.modality == LiveMediaEncoder.Modality.IMAGE), None)
        state = tuple((row.fingerprint, selectors.vectors_newest(storefront, row.fingerprint)) for row in live)
        if state == self._media:
            return
        row_of = self._catalogue.row_of
        media = {row.modality: selectors.media_vectors(storefront, row_of, row) for row in live}
        self._catalogue = replace(self._catalogue, version=self._catalogue.version + 1, media=media)
        self._media = state

    def experiment(self, placement: str) -> Running | None:
        """What is tried on a placement just now."""
        return self._experiments.get(placement)

    def exploration(self, placement: str) -> Exploration | None:
        return self._explorations.get(placement)

    def model(self, placement: str) -> Model | None:
        """The model that is live for a placement, or None. Raises ArtifactError when it cannot be loaded."""
        live = self._deployments.get(placement) or self._deployments.get("")
        if live is None:
            return None
        deployment_id, artifact = live
        return replace(self.model_of(artifact), deployment_id=deployment_id)

    def shadow(self, placement: str) -> tuple[int, float] | None:
        """The standby that mirrors a placement, and its share of the lists; None where there is none."""
        return self._shadows.get(placement) or self._shadows.get("")

    def model_of(self, artifact: Artifact) -> Model:
        """An artifact that need not be live. Raises ArtifactError when it cannot be loaded."""
        with self._lock:
            if artifact.pk not in self._models:
                while len(self._models) >= MODELS_KEPT:
                    self._models.pop(next(iter(self._models)))
                self._models[artifact.pk] = load(0, artifact)
            model = self._models[artifact.pk]
        if model is None:
            raise ArtifactError(f"Artifact {artifact.pk} could not be loaded; see the log.")
        return model

    def popular(self, storefront: Storefront) -> np.ndarray:
        """(n,) float32: see `Popularity.scores`."""
        return self._popularity.scores(storefront, self.catalogue)

    def search_words(self, storefront: Storefront, question: str, k: int, *, any_word: bool = False) -> Ranking:
        """The k items whose words fit best. Every item is indexed on the first search and kept up afterwards.

        `any_word`: one in common is enough, as where a whole text asks for its like.
        """
        catalogue = self.catalogue
        with self._lock:  # the index may not be read while another thread adds to it
            if self._words is None:
                schema = schema_for(storefront.vertical)
                rows = Item.objects.filter(storefront=storefront).order_by("pk").iterator(2000)
                documents = {catalogue.row_of[i.pk]: _document(schema, i) for i in rows if i.pk in catalogue.row_of}
                rows = [documents.get(row, {}) for row in range(len(catalogue))]
                self._words = WordIndex.build(rows, stems, FIELD_WEIGHTS, asked=asked_stems, least=LEAST_SAID)
            return self._words.search(question, k, least=0.0 if any_word else None)

    def vocabulary(self, storefront: Storefront) -> Vocabulary:
        """What wishes are understood by: read from the whole catalogue, and again when it has changed for a while."""
        catalogue = self.catalogue
        with self._lock:
            kept = self._vocabulary
            stale = kept is None or (kept[0] != catalogue.version and time.monotonic() - kept[1] > VOCABULARY_REFRESH)
            if stale:
                built = vocabulary_of(schema_for(storefront.vertical), catalogue.columns, currency_of(storefront))
                self._vocabulary = kept = (catalogue.version, time.monotonic(), built)
            return kept[2]

    def labels_near(self, words: str, count: int) -> list[tuple[tuple[str, str], float]]:
        """Labels that mean about what `words` say, with their cosine; none until a worker has read the labels."""
        if self._encoder is None:
            return []
        found = labels_of(self._encoder, self.storefront_id)
        vector = self.encode(words) if found is not None else None
        return [] if vector is None else found.near(vector, count)

    def interest(self) -> OnnxInterest | None:
        """The model of the second stage that is live, or None; there is none unless somebody put one live."""
        return interest_in(self._interest)

    def keywords(self, *, popularity: bool) -> KeywordSource | None:
        """The keyword writer's source that is live, or None; see `keywords_in`."""
        return keywords_in(self._keywords, popularity=popularity)

    def encode(self, text: str) -> np.ndarray | None:
        """(d,) float32, or None where no encoder is exported: search by words goes on without it.

        Zeros for a text that the encoder cannot spell, such as most of Chinese for one that learned English.
        """
        encoder = self._loaded_encoder()
        if encoder is None:
            return None
        return encoder.encode([text])[0] if encoder.reads(text) else np.zeros(encoder.dimensions, dtype=np.float32)

    def reads(self, language: str) -> bool:
        """Whether the search goes by meaning in that language: there is an encoder, and it has learned it."""
        encoder = self._loaded_encoder()
        return encoder is not None and (not language.lower().startswith("zh") or encoder.reads_chinese)

    def unread(self) -> np.ndarray:
        """(n,) bool: the items in a language that the encoder has not learned. Their vectors mean nothing."""
        catalogue = self.catalogue
        kept = self._unread
        if kept is None or kept[0] is not catalogue.names:
            written = catalogue.columns.labels("language")
            chinese = np.fromiter((any(own) and own[0].lower().startswith("zh") for own in written), bool, len(written))
            self._unread = kept = (catalogue.names, chinese)
        return kept[1] if not self.reads("zh") else np.zeros(len(catalogue), dtype=bool)

    def _loaded_encoder(self) -> OnnxEncoder | None:
        if self._encoder is None:
            return None
        with self._lock:
            if self._onnx is None and time.monotonic() >= self._encoder_again_at:
                try:
                    self._onnx = OnnxEncoder(self._encoder.folder)
                except EncoderError:
                    # Asked of every search: one line a while in the log says it, too.
                    self._encoder_again_at = time.monotonic() + ENCODER_RETRY
                    logger.exception("The encoder of storefront %s cannot be loaded.", self.storefront_id)
            return self._onnx

    def seen_in_images(self, text: str) -> np.ndarray | None:
        """(n,) how far above the others an item's images are like the words, in standard deviations; 0 without any.

        None where no encoder of images reads words. Cosines between the two halves of such a model are all alike and
        low: only the place among the others says something.
        """
        block, live = self.catalogue.media.get("image"), self._image_encoder
        if block is None or live is None or not (live.folder / "encoder.json").is_file():
            return None
        with self._lock:
            if self._image_words is None or self._image_words.fingerprint != live.fingerprint:
                try:
                    self._image_words = OnnxEncoder(live.folder)
                except EncoderError:
                    logger.exception("The text half of the image encoder of %s cannot be loaded.", self.storefront_id)
                    return None
            encoder = self._image_words
        there = block.any(axis=1)
        vector = encoder.encode([text])[0]
        if not vector.any() or there.sum() < LEAST_IMAGES or block.shape[1] != len(vector):
            return None
        cosines = block[there] @ vector
        above = np.zeros(len(self.catalogue), dtype=np.float32)
        above[: len(block)][there] = (cosines - cosines.mean()) / max(float(cosines.std()), 1e-6)
        return above


def _document(schema: Schema, item: Item) -> dict[str, str]:
    """An item's words by field; the index weighs the fields."""
    labels = [*item.categories, *item.tags]
    for attribute in schema:
        if attribute.searchable and (value := item.attributes.get(attribute.name)) is not None:
            labels += [str(one) for one in (value if isinstance(value, list) else [value])]
    return {"title": item.title, "labels": " ".join(labels), "text": item.text}


def currency_of(storefront: Storefront) -> str:
    """The one in which most prices are; empty where nothing has a price."""
    priced = Item.objects.filter(storefront=storefront).exclude(currency="").values_list("currency")
    return next((code for code, _n in priced.annotate(n=Count("id")).order_by("-n")[:1]), "")


_live: dict[int, LiveStorefront] = {}
_live_lock = threading.Lock()


def live(storefront: Storefront) -> LiveStorefront:
    """The storefront's state in this process, at most REFRESH seconds old."""
    found = _live.get(storefront.pk)
    if found is None:
        with _live_lock:
            found = _live.setdefault(storefront.pk, LiveStorefront(storefront))
    found.refresh()
    return found


def forget() -> None:
    """Drop everything that is kept: tests, and processes that were forked."""
    with _live_lock:
        _live.clear()
