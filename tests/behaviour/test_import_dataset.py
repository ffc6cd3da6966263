import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from behaviour.models import Behaviour
from catalog.models import Item

GOOD = {
    "items.jsonl": [{"external_id": "alien", "title": "Alien"}, {"external_id": "heat", "title": "Heat"}],
    "behaviours.jsonl": [
        {"person": "p", "item": "alien", "kind": "rating", "value": 4, "occurred_at": "2026-03-31T12:00:00Z"},
        {"person": "p", "item": "heat", "kind": "view", "occurred_at": "2026-03-31T12:01:00Z"},
    ],
}


@pytest.fixture
def folder(tmp_path, storefront):
    for name, records in GOOD.items():
        (tmp_path / name).write_text("".join(json.dumps(record) + "\n" for record in records))
    return tmp_path


@pytest.fixture
def bad_folder(folder):
    with (folder / "behaviours.jsonl").open("a") as file:
        file.write('{"person": "p", "item": "unknown", "kind": "view", "occurred_at": "2026-03-31"}\nnot json\n')
    return folder


def run(*arguments, **options) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("import_dataset", *map(str, arguments), stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def failure(*arguments) -> CommandError:
    with pytest.raises(CommandError) as caught:
        run(*arguments)
    return caught.value


def test_the_summary_counts_each_kind_of_row_and_names_the_next_command(folder):
    out, err = run("jsonl", folder, "--storefront", "films")
    assert "Nothing was kept" not in out
    table = {line.split()[0]: line.split()[1:] for line in out.splitlines()[1:3]}
    assert table == {"items": ["2", "2", "0", "0", "0"], "behaviours": ["2", "2", "0", "0", "0"]}
    assert "named them: 1." in out
    assert "Next: manage.py" in err


def test_importing_twice_imports_once(folder):
    run("jsonl", folder, "--storefront", "films")
    out, _ = run("jsonl", folder, "--storefront", "films", "--format", "json")
    summary = json.loads(out)
    assert (summary["items"]["unchanged"], summary["behaviours"]["unchanged"]) == (2, 2)
    assert Behaviour.objects.count() == 2


def test_a_file_with_errors_is_refused_whole_with_every_place_and_exit_code_3(bad_folder):
    out = StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("import_dataset", "jsonl", str(bad_folder), "--storefront", "films", stdout=out)
    assert caught.value.returncode == 3
    assert f"{bad_folder}/behaviours.jsonl:3 item: There is no item 'unknown'" in out.getvalue()
    assert f"{bad_folder}/behaviours.jsonl:4 line: Not JSON" in out.getvalue()
    assert not Item.objects.exists() and not Behaviour.objects.exists()


def test_keep_valid_keeps_the_rest_and_writes_the_rejects(bad_folder, tmp_path):
    rejects = tmp_path / "rejects.txt"
    run("jsonl", bad_folder, "--storefront", "films", "--keep-valid", "--rejects", rejects)
    assert Behaviour.objects.count() == 2
    rejected = {row["line"]: row for row in map(json.loads, rejects.read_text().splitlines())}
    assert rejected[3]["record"]["item"] == "unknown"
    assert rejected[4]["errors"][0]["field"] == "line"


def test_a_dry_run_keeps_nothing(folder):
    out, err = run("jsonl", folder, "--storefront", "films", "--dry-run", "--format", "json")
    assert json.loads(out)["items"]["created"] == 2 and not json.loads(out)["kept"]
    assert "Dry run" in err
    assert not Item.objects.exists()


def test_a_limit_stops_after_so_many_behaviours(folder):
    run("jsonl", folder, "--storefront", "films", "--limit", "1")
    assert (Item.objects.count(), Behaviour.objects.count()) == (2, 1)


def test_the_first_twenty_errors_are_shown_and_the_others_counted(folder):
    (folder / "items.jsonl").write_text("{}\n" * 50)
    out = StringIO()
    with pytest.raises(CommandError):
        call_command("import_dataset", "jsonl", f"{folder}/items.jsonl", "--storefront", "films", stdout=out)
    assert out.getvalue().count("items.jsonl:") == 40  # each lacks an id and a title
    assert "30 more" in out.getvalue()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("jsonl", "{folder}", "--storefront", "nowhere"), 2, "There are: films"),
        (("jsonl", "{folder}/none", "--storefront", "films"), 2, "does not exist"),
        (("netflix", "{folder}", "--storefront", "films"), 3, "combined_data_1.txt"),
        (("jsonl", "{folder}", "--storefront", "films", "--rejects", "{folder}"), 3, "cannot be written"),
    ],
)
def test_a_failure_says_what_is_wrong(folder, arguments, code, says):
    error = failure(*(argument.format(folder=folder) for argument in arguments))
    assert error.returncode == code
    assert says in str(error)


@pytest.mark.parametrize("options", [("--map", "person"), ("--limit", "0"), ("--delimiter", "ab"), ("--what", "all")])
def test_options_that_make_no_sense_are_refused(folder, options):
    failure("csv", folder, "--storefront", "films", *options)


def test_anybodys_csv_comes_in_with_a_mapping(folder):
    run("jsonl", f"{folder}/items.jsonl", "--storefront", "films")
    (folder / "kaggle.csv").write_text("user;movie;stars;ts\nu1;alien;4.5;1700000000\n")
    mapping = ("--map", "person=user", "--map", "item=movie", "--map", "value=stars", "--map", "occurred_at=ts")
    rest = ("--set", "kind=rating", "--delimiter", ";", "--time-format", "seconds", "--what", "behaviours")
    run("csv", f"{folder}/kaggle.csv", "--storefront", "films", *mapping, *rest)
    assert Behaviour.objects.get().value == 4.5


def test_an_interruption_leaves_nothing_and_exits_130(folder, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("behaviour.datasets.printing.Progress.show", interrupt)
    with pytest.raises(SystemExit) as caught:
        run("jsonl", folder, "--storefront", "films")
    assert caught.value.code == 130
    assert not Item.objects.exists()
