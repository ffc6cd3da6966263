import pytest

from behaviour.models import Relationship
from behaviour.services import person_get_or_create, relationships_import

TIE = {"source": "ripley", "target": "jones", "kind": "friend"}


@pytest.fixture
def friends(storefront, person):
    return person, person_get_or_create(storefront=storefront, external_id="jones")


def test_a_tie_is_imported_once_and_its_weight_updated(storefront, friends):
    assert relationships_import(storefront=storefront, records=[TIE]).created == 1
    again = relationships_import(storefront=storefront, records=[TIE, {**TIE, "weight": 0.5}])
    assert (again.created, again.updated, again.unchanged) == (0, 1, 1)
    assert Relationship.objects.get().weight == 0.5


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"target": "ripley"}, "target"),
        ({"target": "nobody"}, "target"),
        ({"kind": None}, "kind"),
        ({"weight": 0}, "weight"),
        ({"weight": float("inf")}, "weight"),
        ({"since": "2020"}, "since"),
    ],
)
def test_a_bad_tie_is_refused_under_the_name_of_its_field(storefront, friends, values, field):
    report = relationships_import(storefront=storefront, records=[{**TIE, **values}])
    assert [error.field for error in report.rejections[0].errors] == [field]
    assert not report.kept and not Relationship.objects.exists()


def test_persons_of_another_storefront_are_unknown(other_storefront, friends):
    report = relationships_import(storefront=other_storefront, records=[TIE])
    assert {error.code for error in report.rejections[0].errors} == {"unknown_person"}
