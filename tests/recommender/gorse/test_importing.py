import json

import pytest
from django.core.management import CommandError, call_command

from behaviour.models import Behaviour, Person
from behaviour.services import person_erase
from catalog.models import Item

CONFIG = """
[recommend.data_source]
positive_feedback_types = ["star", "rate>=3", "adored"]
read_feedback_types = ["read", "glimpsed"]
"""


def dump(path, *rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


@pytest.fixture
def dumps(tmp_path):
    (tmp_path / "config.toml").write_text(CONFIG)
    return {
        "config": str(tmp_path / "config.toml"),
        "users": dump(tmp_path / "users.jsonl", {"UserId": "ada"}, {"UserId": "bob"}),
        "items": dump(tmp_path / "items.jsonl", {"ItemId": "alien", "Comment": "Alien", "Labels": ["space"]}),
        "feedback": dump(
            tmp_path / "feedback.jsonl",
            {"FeedbackType": "adored", "UserId": "ada", "ItemId": "alien", "Timestamp": "2026-01-01"},
            {"FeedbackType": "glimpsed", "UserId": "bob", "ItemId": "brazil", "Timestamp": "2026-01-01"},
        ),
    }


def test_dumps_and_what_the_configuration_means_come_in(cinema, dumps, capsys):
    call_command("import_gorse", "cinema", **dumps)
    assert Person.objects.count() == 2
    assert Item.objects.get(external_id="alien").tags == ["space"]
    kinds = dict(Behaviour.objects.values_list("context__feedback_type", "kind"))
    assert kinds == {"adored": "like", "glimpsed": "view"}
    out = capsys.readouterr().out
    assert "Feedback type star is a like here." in out
    assert "Feedback type rate is a rating here." in out
    assert "manage.py train cinema" in out


def test_importing_twice_changes_nothing(cinema, dumps):
    for _ in range(2):
        call_command("import_gorse", "cinema", **dumps)
    assert (Person.objects.count(), Item.objects.count(), Behaviour.objects.count()) == (2, 2, 2)


def test_what_an_operator_said_of_a_type_stays(cinema, dumps):
    cinema.settings = {"gorse": {"feedback_types": {"adored": "save"}}, "colour": "red"}
    cinema.save()
    call_command("import_gorse", "cinema", config=dumps["config"])
    cinema.refresh_from_db()
    assert cinema.settings["gorse"]["feedback_types"]["adored"] == "save"
    assert cinema.settings["colour"] == "red"


def test_a_bad_row_is_named_and_nothing_of_its_file_is_kept(cinema, tmp_path):
    path = dump(tmp_path / "users.jsonl", {"UserId": "ada"}, {"UserId": 7})
    with pytest.raises(CommandError, match="/2/UserId"):
        call_command("import_gorse", "cinema", users=path)
    assert not Person.objects.exists()


@pytest.mark.parametrize("options", [{}, {"users": "/nowhere.jsonl"}])
def test_without_a_file_it_says_what_to_name(cinema, options):
    with pytest.raises(CommandError, match=r"Name a dump|no file"):
        call_command("import_gorse", "cinema", **options)


def test_what_people_agreed_to_survives_an_import_of_users(cinema, dumps):
    Person.objects.create(storefront=cinema, external_id="ada", consents={"training": False})
    call_command("import_gorse", "cinema", users=dumps["users"])
    assert Person.objects.get(external_id="ada").consents == {"training": False}


def test_who_was_erased_is_left_out_of_dumps(cinema, dumps, capsys):
    person_erase(person=Person.objects.create(storefront=cinema, external_id="ada"))
    call_command("import_gorse", "cinema", **dumps)
    assert set(Person.objects.values_list("external_id", flat=True)) == {"bob"}
    assert Behaviour.objects.get().person.external_id == "bob"
    out = capsys.readouterr().out
    assert "1 users imported" in out
    assert out.count("1 rows were left out") == 2
