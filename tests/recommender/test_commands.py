"""The command line as an operator meets it: data on stdout, errors that say what to do, exit codes."""

import json

import pytest
from django.core.management import CommandError, call_command

from catalog.models import Storefront
from recommender.management import console
from recommender.models import Artifact, AuditEntry, Deployment, TrainingRun


@pytest.fixture
def no_embedding(monkeypatch):
    from recommender.jobs import training

    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)


def run(*arguments) -> str:
    from io import StringIO

    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


def failure(*arguments) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


def test_train_prints_metrics_and_the_next_command(world, no_embedding):
    printed = run("train", "cinema", "--algorithm", "ease")
    artifact = Artifact.objects.get()
    assert "ndcg@10" in printed
    assert f"manage.py activate {artifact.pk}" in printed


def test_train_can_put_the_result_live(world, no_embedding):
    run("train", "cinema", "--algorithm", "popularity", "--activate")
    assert Deployment.objects.get(active=True).artifact.algorithm == "popularity"


def test_json_is_nothing_but_json(world, no_embedding):
    rows = json.loads(run("train", "cinema", "--algorithm", "ease", "--format", "json"))
    assert [row["algorithm"] for row in rows] == ["ease", "popularity"]


def test_an_unknown_storefront_is_a_usage_error_that_lists_those_there_are(world):
    error = failure("train", "cinma")
    assert error.returncode == console.USAGE
    assert "cinema" in str(error)


def test_a_wrong_setting_is_a_usage_error(world):
    error = failure("train", "cinema", "--algorithm", "ease", "--config", '{"lamda": 3}')
    assert error.returncode == console.USAGE
    assert "lamda" in str(error)


def test_a_storefront_without_data_is_a_data_error(db):
    Storefront.objects.create(slug="empty", name="Empty", vertical="video")
    error = failure("evaluate", "empty")
    assert error.returncode == console.DATA_INVALID
    assert "import_dataset" in str(error)


def test_activate_and_roll_back(world, no_embedding):
    run("train", "cinema", "--algorithm", "popularity", "--activate")
    run("train", "cinema", "--algorithm", "ease")
    newest = Artifact.objects.latest("pk")
    assert "ease" in run("activate", str(newest.pk))
    assert "popularity" in run("activate", "--rollback", "cinema")


@pytest.fixture
def strict(world):
    """Nothing passes: no list shows all of the catalogue and more."""
    world.storefront.settings = {"gates": {"coverage": 2}}
    world.storefront.save()


def test_what_fails_the_gates_is_put_live_only_by_force_and_the_log_says_why(world, no_embedding, strict):
    run("train", "cinema", "--algorithm", "popularity")
    artifact = Artifact.objects.get()
    error = failure("activate", str(artifact.pk))
    assert error.returncode == console.GATE_FAILED
    assert "Coverage@10: wanted ≥ 2.00" in str(error)
    assert not Deployment.objects.exists()
    run("activate", str(artifact.pk), "--force", "An outage")
    assert Deployment.objects.get(active=True).artifact == artifact
    assert AuditEntry.objects.get(action="override gates").reason == "An outage"


def test_a_training_puts_nothing_live_that_fails_the_gates_and_keeps_it(world, no_embedding, strict):
    error = failure("train", "cinema", "--algorithm", "popularity", "--activate")
    assert error.returncode == console.GATE_FAILED
    assert "Coverage@10" in str(error)
    assert Artifact.objects.exists() and not Deployment.objects.exists()
    assert "It is not live: " in TrainingRun.objects.get().log


def test_activate_wants_one_thing(db):
    assert failure("activate").returncode == console.USAGE
    assert failure("activate", "1", "--rollback", "cinema").returncode == console.USAGE
    assert "no artifact 99" in str(failure("activate", "99"))


def test_recommend_shows_a_list_and_records_nothing(world, no_embedding):
    run("train", "cinema", "--algorithm", "ease", "--activate")
    rows = json.loads(run("recommend", "cinema", "person-0", "--limit", "3", "--format", "json"))
    assert [row["#"] for row in rows] == [1, 2, 3]
    assert all(row["title"].startswith("Drama") for row in rows)
    assert all(row["why"] for row in rows)


def test_recommend_to_nobody_known_says_so(world):
    assert "nobody with the id 'eve'" in str(failure("recommend", "cinema", "eve"))


def test_evaluate_compares_with_popularity(world):
    rows = json.loads(run("evaluate", "cinema", "--algorithm", "ease", "--format", "json"))
    popularity, ease = rows
    assert ease["metrics"]["recall@10"] > popularity["metrics"]["recall@10"]
    assert ease["filter_seen"] is True
    assert not TrainingRun.objects.exists()


def test_evaluate_takes_several_seeds_and_says_which(world):
    rows = json.loads(
        run(
            "evaluate",
            "cinema",
            "--algorithm",
            "popularity",
            "--protocol",
            "random",
            "--seed",
            "1",
            "--seed",
            "2",
            "--format",
            "json",
        )
    )
    assert [row["seed"] for row in rows] == [1, 2]


def test_csv_has_a_header(world):
    printed = run("evaluate", "cinema", "--algorithm", "popularity", "--format", "csv")
    assert printed.splitlines()[0].startswith("algorithm,seed,recall@10")


def test_doctor_names_what_is_there_and_what_is_not(world):
    rows = {row["what"]: row for row in json.loads(run("doctor", "--format", "json"))}
    assert rows["database"]["state"] == "ok"
    assert rows["encoder"]["state"] == "ok"
    assert rows["worker"]["state"] == "note"
    assert "manage.py train cinema" in rows["storefront cinema"]["detail"]


def test_doctor_fails_when_something_is_missing(world, settings):
    settings.ENCODER_MODEL = "no-such-encoder-package"
    settings.HF_HUB_OFFLINE = True
    error = failure("doctor")
    assert error.returncode == console.DEPENDENCY_MISSING
