"""Whom a training had read must still be there, and still allow it, when its result is published.

So nobody who was erased lives on in what is learned, and an objection holds for runs that are at work too.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction
from django.utils.translation import gettext as _

from behaviour.models import Consent, ErasedPerson, Person
from catalog.models import Storefront

FILE = "subjects.json"
TRAINING = Consent.Purpose.TRAINING
_A_QUERY = 900  # see behaviour.services.directory


class ErasedMeanwhile(Exception):
    """Somebody whom the run had read was erased, or objected; what it learned must not be kept."""


@dataclass(frozen=True)
class Snapshot:
    """Whom a run read, by primary key or by pseudonym, and when it began to read."""

    storefront: Storefront
    read_at: datetime
    persons: Sequence[int] = ()
    subjects: Sequence[str] = ()

    def check(self) -> None:
        """Raises ErasedMeanwhile. In the transaction that publishes, so that whoever is erased at that moment is
        either seen here, or waits and finds the artifact there. Two queries where nobody was erased or objected."""
        Storefront.objects.select_for_update(no_key=True).get(pk=self.storefront.pk)
        if self._objected():
            raise ErasedMeanwhile(
                _(
                    "Somebody whose behaviours this run had read objected to training while it was at work. What it "
                    "learned is thrown away. Start it again: it then learns without them."
                )
            )
        if not ErasedPerson.objects.filter(storefront=self.storefront, erased_at__gte=self.read_at).exists():
            return
        # Who is gone without having been erased became one with somebody else; the two cannot be told apart here.
        if self._missing("pk", [int(pk) for pk in self.persons]) or self._missing("subject_key", list(self.subjects)):
            raise ErasedMeanwhile(
                _(
                    "Somebody whose behaviours this run had read was erased while it was at work. What it learned is "
                    "thrown away. Start it again: it then learns without them."
                )
            )

    @contextmanager
    def publishing(self, *folders: Path) -> Iterator[None]:
        """A transaction that names what lies in these folders; they go with it where somebody was erased."""
        try:
            with transaction.atomic():
                self.check()
                yield
        except ErasedMeanwhile:
            for folder in folders:
                shutil.rmtree(folder, ignore_errors=True)
            raise

    def keep_beside(self, folder: Path) -> None:
        """Leave word in a folder of checkpoints of whom they learned from, and empty it where one is erased since.

        Pseudonyms alone. They add up over attempts: the weights go back to the first.
        """
        file = folder / FILE
        before = json.loads(file.read_text()) if file.exists() else {"read_at": None, "subjects": []}
        if before["read_at"]:
            learned = Snapshot(self.storefront, datetime.fromisoformat(before["read_at"]), subjects=before["subjects"])
            try:
                with transaction.atomic():
                    learned.check()
            except ErasedMeanwhile:
                shutil.rmtree(folder, ignore_errors=True)
                before = {"read_at": None, "subjects": []}
        folder.mkdir(parents=True, exist_ok=True)
        said = {
            "read_at": before["read_at"] or self.read_at.isoformat(),
            "subjects": sorted({*before["subjects"], *self.subjects}),
        }
        aside = file.with_suffix(".part")
        aside.write_text(json.dumps(said))
        aside.rename(file)

    def _objected(self) -> bool:
        """Whether somebody among those who were read has said no since, and not yes again."""
        answers = Consent.objects.filter(
            storefront=self.storefront, purpose=TRAINING, granted=False, recorded_at__gte=self.read_at
        )
        found = Person.objects.filter(storefront=self.storefront, pk__in=answers.values("person"))
        refusing = [
            (pk, str(pseudonym))
            for pk, pseudonym, said in found.values_list("pk", "subject_key", "consents")
            if not said.get(TRAINING)
        ]
        if not refusing:
            return False
        read = {int(pk) for pk in self.persons} | {str(subject) for subject in self.subjects}
        return any(pk in read or pseudonym in read for pk, pseudonym in refusing)

    def _missing(self, field: str, wanted: list) -> bool:
        rows = Person.objects.filter(storefront=self.storefront)
        return any(
            rows.filter(**{f"{field}__in": (part := wanted[start : start + _A_QUERY])}).count() < len(part)
            for start in range(0, len(wanted), _A_QUERY)
        )
