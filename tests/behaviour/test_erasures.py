"""A file from before somebody was erased does not bring them back; they themselves may come back."""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from behaviour.models import Behaviour, ErasedPerson, Person, Relationship
from behaviour.services import (
    behaviours_import,
    behaviours_record,
    person_erase,
    person_get_or_create,
    person_upsert,
    persons_import,
    relationships_import,
)
from catalog.models import Item, Storefront

HOUR = timedelta(hours=1)


def event(person: str, when, **more) -> dict:
    return {"event_id": f"{person}-{when.isoformat()}", "person": person, "kind": "view", "item": "alien",
            "occurred_at": when.isoformat(), **more}  # fmt: skip


@pytest.fixture
def gone(storefront) -> str:
    """Ripley was erased just now; Newt is there."""
    Item.objects.create(storefront=storefront, external_id="alien", title="Alien")
    person_get_or_create(storefront=storefront, external_id="newt")
    person_erase(person=person_get_or_create(storefront=storefront, external_id="ripley"))
    return "ripley"


def names() -> set[str]:
    return set(Person.objects.values_list("external_id", flat=True))


def test_nothing_is_kept_that_says_who_it_was(storefront, gone, settings):
    row = ErasedPerson.objects.get()
    assert gone not in json.dumps([str(value) for value in vars(row).values()])
    assert len(row.digest) == 64
    settings.API_KEY_PEPPER = "another"
    assert persons_import(storefront=storefront, records=[{"external_id": gone}]).created == 1, "the hash is keyed"


def test_a_file_of_persons_leaves_them_out_and_says_so(storefront, gone):
    records = [{"external_id": gone, "attributes": {"age": 30}}, {"external_id": "hicks"}]
    report = persons_import(storefront=storefront, records=records)
    assert (report.created, report.erased, report.rejected, report.kept) == (1, 1, 0, True)
    assert names() == {"newt", "hicks"}


def test_a_file_of_behaviours_leaves_out_what_they_did_before(storefront, gone):
    now = timezone.now()
    records = [event(gone, now - HOUR), event("newt", now - HOUR), event("hicks", now - HOUR)]
    report = behaviours_import(storefront=storefront, records=records)
    assert (report.created, report.erased, report.persons_created) == (2, 1, 1)
    assert names() == {"newt", "hicks"}
    no_item = event(gone, now - HOUR, item="unknown")
    assert behaviours_import(storefront=storefront, records=[no_item]).rejected == 0, "nor is it looked at"


def test_what_they_did_since_is_new_also_in_a_file(storefront, gone):
    ErasedPerson.objects.update(erased_at=timezone.now() - 2 * HOUR)
    now = timezone.now()
    report = behaviours_import(storefront=storefront, records=[event(gone, now - 3 * HOUR), event(gone, now - HOUR)])
    assert (report.created, report.erased) == (1, 1)
    assert Behaviour.objects.get().occurred_at == now - HOUR


def test_a_file_of_relationships_leaves_out_theirs(storefront, gone):
    person_get_or_create(storefront=storefront, external_id="hicks")
    ties = [{"source": "newt", "target": other, "kind": "follows"} for other in (gone, "hicks")]
    report = relationships_import(storefront=storefront, records=ties)
    assert (report.created, report.erased, report.rejected) == (1, 1, 0)
    assert Relationship.objects.get().target.external_id == "hicks"


def test_who_comes_back_themself_is_recorded(storefront, gone):
    assert behaviours_record(storefront=storefront, records=[event(gone, timezone.now())]).accepted == 1
    assert gone in names()


def test_who_signs_up_again_is_there_and_their_old_files_are_not(storefront, gone):
    person_upsert(storefront=storefront, record={"external_id": gone})
    report = persons_import(storefront=storefront, records=[{"external_id": gone, "attributes": {"age": 30}}])
    assert report.erased == 1
    assert Person.objects.get(external_id=gone).attributes == {}
    old = behaviours_import(storefront=storefront, records=[event(gone, timezone.now() - HOUR)])
    assert (old.created, old.erased) == (0, 1)


def test_who_is_erased_again_is_erased_from_then_on(storefront, gone):
    ErasedPerson.objects.update(erased_at=timezone.now() - 2 * HOUR)
    person_erase(person=person_get_or_create(storefront=storefront, external_id=gone))
    report = behaviours_import(storefront=storefront, records=[event(gone, timezone.now() - HOUR)])
    assert (report.created, report.erased, ErasedPerson.objects.count()) == (0, 1, 1)


def test_another_storefront_knows_nothing_of_it(gone):
    other = Storefront.objects.create(slug="other", name="Other", vertical="video")
    assert persons_import(storefront=other, records=[{"external_id": gone}]).created == 1


def test_where_nobody_was_erased_it_costs_one_query(storefront, django_assert_num_queries):
    from behaviour.services import erased_among

    with django_assert_num_queries(1):
        erased_among(storefront, {f"p-{n}" for n in range(5000)})


def test_the_command_counts_them(storefront, gone, tmp_path, capsys):
    lines = [{"external_id": gone}, {"external_id": "hicks"}]
    (tmp_path / "persons.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    call_command("import_dataset", "jsonl", str(tmp_path), storefront=storefront.slug)
    assert "Rows left out because they tell of persons who were erased: 1." in capsys.readouterr().out
    call_command("import_dataset", "jsonl", str(tmp_path), storefront=storefront.slug, format="json")
    assert json.loads(capsys.readouterr().out)["persons"]["erased"] == 1
    assert names() == {"newt", "hicks"}
