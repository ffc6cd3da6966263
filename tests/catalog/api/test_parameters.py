import pytest
from django.http import QueryDict

from catalog.api.parameters import boolean, choice, integer, item_ids, moment, query_read, text
from catalog.api.problems import Problem

PARAMETERS = {
    parameter.name: parameter
    for parameter in (
        integer("limit", "", least=1, most=100, default=20),
        boolean("withdrawn", ""),
        moment("since", ""),
        choice("language", "", ("en", "zh-hans")),
        text("q", "", longest=10),
        item_ids("exclude", ""),
    )
}


def read(query: str):
    return query_read(QueryDict(query), PARAMETERS)


def test_parameters_that_are_left_out_have_their_defaults():
    values = read("")
    assert values == {"limit": 20, "withdrawn": None, "since": None, "language": None, "q": None, "exclude": []}


def test_parameters_are_read_by_their_type():
    values = read("limit=100&withdrawn=true&since=2026-03-31T09:30:00%2B02:00&exclude=a&exclude=b,c")
    assert values["limit"] == 100
    assert values["withdrawn"] is True
    assert values["since"].isoformat() == "2026-03-31T07:30:00+00:00"
    assert values["exclude"] == ["a", "b,c"]


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=-1", "limit=101", "limit=1000000000", "limit=1_0", "limit=%2B5", "limit=٣", "limit="),
        *("limit=" + "9" * 5000, "limit=1&limit=2", "withdrawn=1", "withdrawn=True", "language=de"),
        *("since=yesterday", "since=2026-03-31", "since=2026-03-31T09:30:00", "since=2026-02-30T00:00:00Z"),
        *("since=0001-01-01T00:00:00%2B23:59", "q=", "q=%20", "q=" + "x" * 11, "q=a%00b", "exclude="),
        *("&".join(["exclude=a"] * 201), "_connector=OR", "storefront__slug=rival"),
    ],
)
def test_a_parameter_that_is_wrong_or_unknown_is_named(query):
    name = query.partition("=")[0]
    with pytest.raises(Problem) as raised:
        read(query)
    assert [fault.pointer for fault in raised.value.faults] == [f"?{name}"]


def test_an_unknown_parameter_is_answered_with_those_there_are():
    with pytest.raises(Problem, match=r"Unknown parameter.*limit, withdrawn, since, language, q, exclude"):
        read("color=red")


def test_every_fault_is_named_at_once():
    with pytest.raises(Problem) as raised:
        read("limit=x&color=red&q=")
    assert {fault.pointer for fault in raised.value.faults} == {"?limit", "?color", "?q"}
