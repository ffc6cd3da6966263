"""Whoever was erased stays erased when a backup of before is restored."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from behaviour.models import Behaviour, ErasedPerson, Person, PrivacyRequest
from behaviour.services import behaviours_record, erasures_repeat, person_erase


@pytest.fixture
def erase(settings, tmp_path, django_capture_on_commit_callbacks):
    """Erases somebody, and commits."""
    settings.VAR_DIR = tmp_path

    def erased(person: Person) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            person_erase(person=person)

    return erased


@pytest.fixture
def restored(storefront, person, item, event, erase):
    """Ripley was erased, and then the database of the day before came back, with her in it and no tombstone."""
    erase(person)
    ErasedPerson.objects.all().delete()
    PrivacyRequest.objects.all().delete()
    day_before = timezone.now() - timedelta(days=1)
    Person.objects.create(storefront=storefront, external_id="ripley", created_at=day_before)
    Person.objects.create(storefront=storefront, external_id="newt", created_at=day_before)
    behaviours_record(storefront=storefront, records=[event()])


def lines(folder) -> list[dict]:
    return [json.loads(line) for line in (folder / "erased.jsonl").read_text().splitlines() if line]


def test_the_file_holds_a_keyed_hash_and_nothing_of_the_person(erase, person, tmp_path):
    erase(person)
    [line] = lines(tmp_path)
    row = ErasedPerson.objects.get()
    assert line == {
        "storefront": row.storefront_id,
        "digest": row.digest,
        "erased_at": row.erased_at.isoformat(),
    }
    assert "ripley" not in (tmp_path / "erased.jsonl").read_text()
    assert (tmp_path / "erased.jsonl").stat().st_mode & 0o077 == 0, "it is nobody else's to read"


def test_an_erasure_that_is_rolled_back_leaves_no_line(settings, tmp_path, person):
    settings.VAR_DIR = tmp_path
    person_erase(person=person)  # in the test's transaction, which never commits
    assert not (tmp_path / "erased.jsonl").exists()


def test_a_restored_backup_brings_nobody_back(restored):
    assert erasures_repeat() == 1
    assert set(Person.objects.values_list("external_id", flat=True)) == {"newt"}
    assert not Behaviour.objects.exists()
    assert PrivacyRequest.objects.get().came == PrivacyRequest.Came.RESTORE
    assert erasures_repeat() == 0


def test_the_tombstone_comes_back_where_the_person_does_not(storefront, person, erase):
    erase(person)
    at = ErasedPerson.objects.get().erased_at
    ErasedPerson.objects.all().delete()
    assert erasures_repeat() == 0
    assert ErasedPerson.objects.get().erased_at == at


def test_who_came_back_themself_is_left_in_peace(storefront, person, erase):
    erase(person)
    ErasedPerson.objects.all().delete()
    Person.objects.create(storefront=storefront, external_id="ripley")
    assert erasures_repeat() == 0
    assert Person.objects.get().external_id == "ripley"


def test_what_a_process_that_died_did_not_write_the_sweep_writes(
    settings, tmp_path, person, django_capture_on_commit_callbacks
):
    settings.VAR_DIR = tmp_path
    person_erase(person=person)  # committed, and killed before the file was written
    with django_capture_on_commit_callbacks(execute=True):
        erasures_repeat()
    assert lines(tmp_path)[0]["digest"] == ErasedPerson.objects.get().digest
    with django_capture_on_commit_callbacks(execute=True):
        erasures_repeat()
    assert len(lines(tmp_path)) == 1


def test_half_a_line_hides_none_of_the_others(restored, tmp_path):
    whole = (tmp_path / "erased.jsonl").read_text()
    (tmp_path / "erased.jsonl").write_text('{"storefront": 1, "dig\n[1]\n' + whole)
    assert erasures_repeat() == 1


def test_another_storefronts_person_of_that_id_is_somebody_else(restored, other_storefront):
    then = timezone.now() - timedelta(days=1)
    Person.objects.create(storefront=other_storefront, external_id="ripley", created_at=then)
    assert erasures_repeat() == 1
    assert Person.objects.filter(storefront=other_storefront).exists()


def test_the_command_says_how_many(restored, capsys):
    call_command("erase_again")
    assert "1 person was erased again" in capsys.readouterr().out
    call_command("erase_again")
    assert "Nobody had to be erased again" in capsys.readouterr().out


def test_the_clocks_task_does_the_same(restored):
    from recommender.tasks import erase_again

    erase_again()
    assert not Person.objects.filter(external_id="ripley").exists()
