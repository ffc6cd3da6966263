"""`manage.py new_vertical`: a plugin to begin with, and the one of docs/plugins.md that is made of it."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from recommender.management import console
from recommender.management.commands import new_vertical

from .tutorial import follow

PLUGIN = Path(__file__).parents[1] / "plugin"


def write(name: str, folder: Path, *options: str) -> list[str]:
    """Paths that the command printed."""
    out = StringIO()
    call_command("new_vertical", name, "--directory", str(folder), *options, stdout=out, stderr=StringIO())
    return out.getvalue().split()


def contents(folder: Path) -> dict[str, bytes]:
    made = {".pytest_cache", "__pycache__"}
    files = (path for path in folder.rglob("*") if path.is_file() and made.isdisjoint(path.parts))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def own_tests(plugin: Path) -> str:
    """What the plugin's tests print, run as its README says: from Kindred's folder."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(plugin)]
    ran = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120)
    assert ran.returncode == 0, ran.stdout[-5000:]
    return ran.stdout


def test_it_prints_what_it_wrote(tmp_path):
    printed = write("second-hand-bikes", tmp_path)
    folder = tmp_path / "kindred-second-hand-bikes"
    assert sorted(printed) == sorted(str(folder / name) for name in contents(folder))
    assert (folder / "kindred_second_hand_bikes" / "vertical.py").is_file()
    assert 'name={"en": "Second hand bikes"' in (folder / "kindred_second_hand_bikes" / "vertical.py").read_text()


def test_what_it_wrote_passes_its_own_tests_at_once(tmp_path):
    write("bikes", tmp_path)
    assert " passed" in own_tests(tmp_path / "kindred-bikes")


def test_the_plugin_in_the_tests_is_what_it_writes_changed_as_the_tutorial_says(tmp_path):
    write("books", tmp_path)
    assert follow(tmp_path / "kindred-books") > 5
    assert contents(tmp_path / "kindred-books") == contents(PLUGIN)


def test_the_plugin_of_the_tutorial_passes_its_own_tests():
    assert " passed" in own_tests(PLUGIN)


def test_a_dry_run_prints_the_same_and_writes_nothing(tmp_path):
    would = write("bikes", tmp_path, "--dry-run")
    assert not list(tmp_path.iterdir())
    assert write("bikes", tmp_path) == would


@pytest.mark.parametrize("name", ["Books", "2nd", "books_", "-books", "a--b", "bücher", "a" * 33, "../x", ""])
def test_a_name_that_is_none_is_refused_with_an_example(tmp_path, name):
    with pytest.raises(CommandError, match="second-hand-bikes") as caught:
        call_command("new_vertical", "--directory", str(tmp_path), "--", name)
    assert caught.value.returncode == console.USAGE
    assert not list(tmp_path.iterdir())


def test_the_name_of_an_installed_vertical_is_refused(tmp_path):
    with pytest.raises(CommandError, match="installed already"):
        write("news", tmp_path)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    (tmp_path / "kindred-bikes").mkdir()
    (tmp_path / "kindred-bikes" / "mine.txt").write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        write("bikes", tmp_path)
    assert contents(tmp_path / "kindred-bikes") == {"mine.txt": b"mine"}


def test_a_folder_that_is_not_there_is_not_made_up(tmp_path):
    with pytest.raises(CommandError, match="Make it first"):
        write("bikes", tmp_path / "nowhere")


def test_a_plugin_lives_outside_of_the_platform():
    with pytest.raises(CommandError, match="lives outside"):
        write("bikes", settings.BASE_DIR / "docs")


def test_a_disk_that_fails_half_way_leaves_nothing_behind(tmp_path, monkeypatch):
    def broken(slug):
        yield Path("README.md"), "words"
        yield Path("README.md/under-a-file"), "words"

    monkeypatch.setattr(new_vertical, "files", broken)
    with pytest.raises(CommandError, match="could not be written") as caught:
        write("bikes", tmp_path)
    assert caught.value.returncode == console.FAILED
    assert not list(tmp_path.iterdir())
