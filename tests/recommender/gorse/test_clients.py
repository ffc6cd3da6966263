"""Gorse's own clients, unchanged, against a running server of ours."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from gorse import Gorse, GorseException

from catalog.keys import api_key_create
from catalog.models import Storefront
from tests.conftest import require

GORSEJS = "0.4.8"  # it needs tslib too, without saying so


@pytest.fixture
def entry(transactional_db, live_server):
    """(address, key) of a storefront, as a client of Gorse is configured."""
    storefront = Storefront.objects.create(slug="films", name="Films", vertical="video")
    _, key = api_key_create(storefront=storefront, name="gorse", scopes=["read", "write"])
    return f"{live_server.url}/gorse/films", key


def test_pygorse_runs_a_session(entry):
    client = Gorse(*entry)
    films = [
        {
            "ItemId": f"f{n}",
            "IsHidden": False,
            "Categories": ["Drama" if n < 4 else "Comedy"],
            "Labels": ["sea" if n < 4 else "city"],
            "Timestamp": f"2020-01-0{n + 1}",
            "Comment": f"Film {n}",
        }
        for n in range(8)
    ]
    for film in films:
        assert client.insert_item(film) == {"RowAffected": 1}
    assert client.insert_user({"UserId": "ada", "Labels": ["sf"], "Comment": "first"}) == {"RowAffected": 1}
    assert client.insert_users([{"UserId": "bob"}, {"UserId": "eve"}]) == {"RowAffected": 2}
    assert client.get_user("ada")["Labels"] == ["sf"]
    users, cursor = client.get_users(2)
    assert len(users) == 2
    assert len(client.get_users(2, cursor)[0]) == 1

    assert client.insert_feedback("star", "ada", "f0", "2026-01-01") == {"RowAffected": 1}
    rows = [
        {"FeedbackType": "star", "UserId": user, "ItemId": item, "Value": 1, "Timestamp": "2026-01-02"}
        for user, item in (("ada", "f1"), ("bob", "f0"), ("bob", "f1"), ("bob", "f2"), ("eve", "f6"))
    ]
    assert client.insert_feedbacks(rows) == {"RowAffected": 5}
    assert {row["ItemId"] for row in client.list_feedbacks("star", "ada")} == {"f0", "f1"}
    found, cursor = client.get_feedbacks(4)
    assert (len(found), len(client.get_feedbacks(4, cursor)[0])) == (4, 2)

    recommended = client.get_recommend("ada", n=3)
    assert len(recommended) == 3
    assert all(isinstance(one.score, float) for one in recommended)
    assert {one.id for one in client.get_recommend("ada", category="Comedy", n=3)} <= {"f4", "f5", "f6", "f7"}
    session = [{"FeedbackType": "star", "UserId": "x", "ItemId": "f0", "Value": 1, "Timestamp": "2026-01-03"}]
    assert "f0" not in {row["Id"] for row in client.session_recommend(session, n=3)}
    assert "f0" not in {row["Id"] for row in client.get_neighbors("f0", n=3)}

    assert client.update_item("f7", is_hidden=True) == {"RowAffected": 1}
    assert client.get_item("f7")["IsHidden"] is True
    assert client.get_item("f7")["Comment"] == "Film 7"
    assert "f1" in {row["ItemId"] for row in client.search_items("Film", n=8)}
    items, cursor = client.get_items(5)
    assert (len(items), len(client.get_items(5, cursor)[0])) == (5, 3)

    assert client.delete_feedback("ada", "f0") == {"RowAffected": 1}
    assert client.delete_item("f6") == {"RowAffected": 1}
    assert client.delete_user("ada")["RowAffected"] >= 1
    with pytest.raises(GorseException) as caught:
        client.get_user("ada")
    assert caught.value.status_code == 404


def test_gorsejs_runs_a_session(entry, tmp_path):
    require(shutil.which("npm") is not None, "node with npm")
    install = subprocess.run(
        [
            "npm",
            "install",
            "--silent",
            "--no-audit",
            "--no-fund",
            "--prefix",
            tmp_path,
            f"gorsejs@{GORSEJS}",
            "tslib@2",
        ],
        capture_output=True,
        text=True,
        timeout=180,
    )
    require(install.returncode == 0, f"gorsejs from the npm registry ({install.stderr.strip()[-200:]})")
    script = tmp_path / "session.js"
    script.write_text((Path(__file__).parent / "session.js").read_text())
    ran = subprocess.run(["node", script, *entry], capture_output=True, text=True, timeout=60, cwd=tmp_path)
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    assert said["inserted"] == [1, 7, 1, 2, 5]
    assert said["item"]["Comment"] == "Film 0"
    assert sorted(row["ItemId"] for row in said["starred"]) == ["f0", "f1"]
    assert len(said["recommended"]) == 3
    assert not {"f0", "f1"} & set(said["recommended"])
    assert "f0" not in {row["Id"] for row in said["session"]}
    assert "f0" not in {row["Id"] for row in said["near"]}
    assert [row["Id"] for row in said["likeMinded"]] == ["bob"]
    assert len(said["popular"]) == len(said["latest"]) == 3
    assert said["categories"] == ["Drama", "Classic"]
    assert said["deleted"] == [1, 1, 2]
    assert said["gone"] == 404
