from io import StringIO

import pytest
import yaml
from django.core.management import call_command


@pytest.fixture(scope="module")
def schema():
    text = StringIO()
    call_command("spectacular", validate=True, fail_on_warn=True, stdout=text)
    return yaml.safe_load(text.getvalue())


def operations(schema):
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in schema["paths"].items()
        for method, operation in methods.items()
    ]


def test_the_description_is_valid_and_gives_no_warning(schema):
    assert schema["info"]["title"] == "Kindred API"


def test_every_operation_has_a_name_of_its_own(schema):
    names = [operation["operationId"] for _, operation in operations(schema)]
    assert len(names) == len(set(names)) == 45


def test_every_operation_documents_its_problems(schema):
    for address, operation in operations(schema):
        expected = {"400", "401", "403", "404", "405", "500", "503"}
        if "requestBody" in operation:
            expected |= {"413", "415"}
        assert expected <= set(operation["responses"]), address
        for status in expected:
            assert "application/problem+json" in operation["responses"][status]["content"], (address, status)


def test_every_body_of_json_has_an_example(schema):
    for address, operation in operations(schema):
        for media, shape in operation.get("requestBody", {}).get("content", {}).items():
            assert media != "application/json" or shape.get("examples"), address


def test_every_operation_is_closed_without_a_key(schema):
    for address, operation in operations(schema):
        assert operation["security"] == [{"bearer": []}, {"header": []}], address


def test_every_path_parameter_is_explained(schema):
    for address, operation in operations(schema):
        for parameter in operation.get("parameters", []):
            assert parameter.get("description"), (address, parameter["name"])


@pytest.mark.parametrize("page", ["schema", "docs", "docs/reference"])
def test_the_pages_need_no_key(client, page):
    assert client.get(f"/api/v1/{page}").status_code == 200
