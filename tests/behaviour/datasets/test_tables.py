from datetime import UTC, datetime

import pytest

from behaviour.datasets import FORMATS, DatasetError, Options
from catalog.services import RecordError


@pytest.fixture
def read(tmp_path):
    def make(content: str, what="behaviours", vertical="video", **options) -> list:
        path = tmp_path / "export.csv"
        path.write_text(content)
        dataset = FORMATS["csv"].read(path, Options(vertical, what=what, **options))
        return [
            [(error.field, error.code) for error in row.values.errors]
            if isinstance(row.values, RecordError)
            else row.values
            for row in getattr(dataset, what)
        ]

    return make


def test_columns_with_our_names_are_taken_as_they_are(read):
    content = "external_id,title,tags,withdrawn,published_at,text\n1,Alien,space| fear,no,1979-05-25,\n"
    assert read(content, "items") == [
        {
            "external_id": "1",
            "title": "Alien",
            "tags": ["space", "fear"],
            "withdrawn": False,
            "published_at": "1979-05-25",
        }
    ]


def test_anybodys_columns_are_mapped_and_the_others_left_out(read):
    content = "uid;asin;stars;when;noise\nu1;a1;4.5;1700000000;x\n"
    columns = {"person": "uid", "item": "asin", "value": "stars", "occurred_at": "when"}
    options = {"columns": columns, "constants": {"kind": "rating"}, "delimiter": ";", "time_format": "seconds"}
    assert read(content, **options) == [
        {
            "person": "u1",
            "item": "a1",
            "value": 4.5,
            "occurred_at": datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC),
            "kind": "rating",
        }
    ]


@pytest.mark.parametrize(
    ("time_format", "cell"),
    [("milliseconds", "1700000000000"), ("%d.%m.%Y %H:%M:%S", "14.11.2023 22:13:20"), ("seconds", "1.7e9")],
)
def test_times_come_in_many_ways(read, time_format, cell):
    (record,) = read(f"occurred_at\n{cell}\n", time_format=time_format)
    assert record["occurred_at"].replace(tzinfo=UTC) == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)


def test_dotted_fields_become_attributes_in_the_schemas_type(read):
    columns = {"external_id": "id", "title": "name", "attributes.year": "y", "attributes.directors": "by"}
    assert read("id,name,y,by\n1,Alien,1979,Ridley Scott\n", "items", columns=columns) == [
        {"external_id": "1", "title": "Alien", "attributes": {"year": 1979, "directors": ["Ridley Scott"]}}
    ]


def test_consents_and_context_are_dotted_too(read):
    assert read("external_id,consents.training\np,yes\n", "persons") == [
        {"external_id": "p", "consents": {"training": True}}
    ]
    assert read("person,context.device\np,phone\n") == [{"person": "p", "context": {"device": "phone"}}]


@pytest.mark.parametrize(
    ("unit", "cell", "price"), [("minor", "1999", 1999), ("major", "19.99", 1999), ("major", "20", 2000)]
)
def test_prices_are_in_the_unit_that_was_named(read, unit, cell, price):
    assert read(f"price\n{cell}\n", "items", price_unit=unit) == [{"price": price}]


@pytest.mark.parametrize(
    ("field", "cell", "options"),
    [
        ("value", "four", {}),
        ("price", "19.99", {}),
        ("price", "19.999", {"price_unit": "major"}),
        ("price", "NaN", {"price_unit": "major"}),
        ("withdrawn", "maybe", {}),
        ("attributes.year", "MCMLXXIX", {}),
        ("occurred_at", "soon", {"time_format": "seconds"}),
        ("occurred_at", "1e999", {"time_format": "milliseconds"}),
        ("occurred_at", "2023-11-14", {"time_format": "%d.%m.%Y"}),
    ],
)
def test_a_cell_that_cannot_be_read_is_an_error_of_its_field(read, field, cell, options):
    what = "behaviours" if field in ("value", "occurred_at") else "items"
    assert read(f"{field}\n{cell}\n", what, **options) == [[(field, "format")]]


def test_a_column_that_is_mapped_and_missing_is_named(read):
    with pytest.raises(DatasetError, match=r"no column uid. It has: user"):
        read("user\nu\n", columns={"person": "uid"})


def test_a_time_format_that_is_none_is_refused(read):
    with pytest.raises(DatasetError, match="no time format"):
        read("occurred_at\n1\n", time_format="unix")


def test_kind_can_be_given_for_the_whole_file(read):
    assert read("person\nu\n", kind="view") == [{"person": "u", "kind": "view"}]


def test_columns_that_are_no_fields_are_named_once_with_what_to_do(read):
    with pytest.raises(DatasetError, match=r"The header has user, film, .* --map FIELD=COLUMN"):
        read("user,film\nu,f\nu,g\n")
    with pytest.raises(DatasetError, match=r"--map and --set name titel, which items do not have"):
        read("a\n1\n", "items", columns={"titel": "a"})


@pytest.mark.parametrize("target", ["attributes", "attributes.", "title.en"])
def test_objects_are_named_by_their_parts_and_nothing_else_is(read, target):
    with pytest.raises(DatasetError, match=r"as in attributes\.year"):
        read("a\n1\n", "items", columns={target: "a"})
