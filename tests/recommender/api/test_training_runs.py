import pytest

from recommender.models import TrainingRun
from tests.catalog.api.clients import api_for, problem


def test_a_run_is_wished_for_and_waits_for_a_worker(api, shop):
    response = api.post("training_runs", {"algorithm": "popularity", "seed": 3, "activate": True})
    assert response.status_code == 202
    answer = response.json()
    assert (answer["algorithm"], answer["seed"], answer["activate"]) == ("popularity", 3, True)
    assert (answer["status"], answer["protocol"], answer["config"]) == ("queued", "leave-one-out", {})
    assert api.get(f"training_runs/{answer['id']}").json() == answer
    assert response["Location"] == f"/api/v1/storefronts/shop/training_runs/{answer['id']}"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/algorithm"),
        ({"algorithm": ""}, "/algorithm"),
        ({"algorithm": ["blend"]}, "/algorithm"),
        ({"algorithm": "popularity", "seed": -1}, "/seed"),
        ({"algorithm": "popularity", "seed": 2**31}, "/seed"),
        ({"algorithm": "popularity", "config": []}, "/config"),
        ({"algorithm": "popularity", "activate": "perhaps"}, "/activate"),
        ({"algorithm": "popularity", "colour": 1}, "/colour"),
        ({"algorithm": "oracle"}, ""),
        ({"algorithm": "popularity", "protocol": "tarot"}, ""),
        ({"algorithm": "popularity", "config": {"no_such_setting": 1}}, ""),
    ],
)
def test_a_wrong_wish_is_refused_and_nothing_is_written_down(api, body, pointer):
    answer = problem(api.post("training_runs", body), 400, "invalid")
    assert pointer in [error["pointer"] for error in answer["errors"]]
    assert not TrainingRun.objects.exists()


def test_runs_are_listed_newest_first_and_by_status(api):
    made = [api.post("training_runs", {"algorithm": "popularity"}).json()["id"] for _ in range(3)]
    api("POST", f"training_runs/{made[0]}/cancel")
    assert [run["id"] for run in api.get("training_runs").json()["data"]] == made[::-1]
    assert [run["id"] for run in api.get("training_runs", status="cancelled").json()["data"]] == [made[0]]


def test_a_queued_run_can_be_stopped_once(api):
    run = api.post("training_runs", {"algorithm": "popularity"}).json()["id"]
    assert api("POST", f"training_runs/{run}/cancel").json()["status"] == "cancelled"
    problem(api("POST", f"training_runs/{run}/cancel"), 409, "conflict")


@pytest.mark.parametrize("run", ["0", "999", "9" * 30])
def test_an_unknown_run_is_not_found(api, run):
    problem(api.get(f"training_runs/{run}"), 404, "not_found")


def test_a_run_of_another_storefront_is_not_found(api, rival):
    run = api_for(rival).post("training_runs", {"algorithm": "popularity"}).json()["id"]
    problem(api.get(f"training_runs/{run}"), 404, "not_found")
    problem(api("POST", f"training_runs/{run}/cancel"), 404, "not_found")
    assert api.get("training_runs").json()["data"] == []


def test_listing_runs_costs_one_query(api, patient, django_assert_num_queries):
    for _ in range(5):
        api.post("training_runs", {"algorithm": "popularity"})
    with django_assert_num_queries(1):
        api.get("training_runs")
