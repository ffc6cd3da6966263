"""The chain of the audit log holds whatever the entries say; test_suites_postgres.py runs this on PostgreSQL, too."""

import struct
from random import Random

import pytest
from django.core.management import call_command

from recommender.models import AuditEntry
from recommender.services.audit import audit_record, audit_verify

NUMBERS = (0.0, -0.0, 1.0, 1e15, 1e16, -1e16, 1.2345678901234567e16, 1.5e300, 5e-324, 1e-7, 10**16, 2**63, 0.1)


def drawn(count: int) -> list[float]:
    """Finite floats of every size."""
    random = Random(0)
    found = (struct.unpack("<d", random.randbytes(8))[0] for _ in range(2 * count))
    return [number for number in found if number - number == 0.0][:count]


@pytest.mark.parametrize("number", NUMBERS)
def test_the_chain_holds_with_numbers_that_a_database_writes_otherwise(cinema, number):
    audit_record(action="change", subject=cinema, before={"weight": number}, after={"deep": [{"weight": -number}]})
    audit_record(action="change", subject=cinema)
    assert audit_verify() is None
    call_command("audit")


def test_the_chain_holds_with_any_number_and_the_number_is_kept(cinema):
    numbers = drawn(1000)
    audit_record(action="change", subject=cinema, after={"numbers": numbers})
    assert audit_verify() is None
    kept = AuditEntry.objects.get().after["numbers"]
    assert [float(number) for number in kept] == numbers


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_what_is_no_number_is_written_down_as_a_word(cinema, number):
    """PostgreSQL's JSON has no such numbers; the change that the entry tells of must not fail for that."""
    audit_record(action="change", subject=cinema, after={"weight": number})
    assert isinstance(AuditEntry.objects.get().after["weight"], str)
    assert audit_verify() is None


def test_what_is_kept_is_written_alike_by_every_database(cinema):
    entry = audit_record(action="change", subject=cinema, after={"large": 1e16, "nothing": -0.0, "plain": 2.5})
    assert repr(entry.after) == "{'large': 10000000000000000, 'nothing': 0.0, 'plain': 2.5}"


def test_a_changed_number_breaks_the_chain(cinema):
    audit_record(action="change", subject=cinema, after={"weight": 1e16})
    AuditEntry.objects.update(after={"weight": 10**16 + 1})
    assert audit_verify() is not None
