"""The demo: real data where it can be had, its own where not, and nothing done twice."""

import hashlib
import json
import zipfile
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender import registry
from recommender.management import demonstration, movielens
from recommender.management.commands import demo


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel like RecBole's, with code beside the data."""
    path = tmp_path / "wheel" / "recbole.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as archive:
        for name in movielens.FILES:
            archive.writestr(movielens.INSIDE + name, name)
        archive.writestr("recbole/__init__.py", "raise SystemExit")
    monkeypatch.setattr(movielens, "_download", lambda folder: path)
    monkeypatch.setattr(movielens, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path


def test_only_the_data_files_are_unpacked(wheel, tmp_path):
    folder = movielens.fetch(tmp_path / "data")
    assert sorted(path.name for path in folder.iterdir()) == sorted(movielens.FILES)


def test_another_file_than_the_expected_one_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(movielens, "SHA256", "0" * 64)
    with pytest.raises(movielens.NotAvailable, match="sha256"):
        movielens.fetch(tmp_path / "data")
    assert not (tmp_path / "data").exists()


def test_what_is_there_is_not_downloaded_again(wheel, tmp_path, monkeypatch):
    movielens.fetch(tmp_path / "data")
    monkeypatch.setattr(movielens, "_download", lambda folder: pytest.fail("downloaded again"))
    movielens.fetch(tmp_path / "data")


@pytest.fixture
def few_people(monkeypatch):
    few = {one.slug: replace(one, persons=60) for one in (demonstration.CINEMA, *demonstration.BUNDLED)}
    monkeypatch.setattr(demonstration, "CINEMA", few.pop("cinema"))
    monkeypatch.setattr(demonstration, "BUNDLED", tuple(few.values()))


def quiet(stage, fraction):
    pass


def test_without_the_internet_the_films_are_the_bundled_ones_and_it_says_so(db, few_people, monkeypatch):
    def nothing(folder):
        raise movielens.NotAvailable("no route to host")

    monkeypatch.setattr(demonstration, "fetch", nothing)
    said = []
    cinema = demonstration.storefront_of("cinema", "Lantern", "video")
    demonstration.films_import(cinema, quiet, said.append)
    assert "no route to host" in said[0]
    cinema.refresh_from_db()
    assert cinema.synthetic
    assert Item.objects.filter(storefront=cinema).count() >= 150
    assert Behaviour.objects.filter(storefront=cinema).count() > 500


@pytest.mark.parametrize("place", range(4))
def test_each_is_labelled_synthetic_and_offers_people_to_browse_as(db, few_people, place):
    one = demonstration.BUNDLED[place]
    shop = demonstration.storefront_of(one.slug, one.name, one.vertical)
    demonstration.synthetic_import(shop, one, quiet)
    shop.refresh_from_db()
    assert shop.synthetic
    offered = shop.settings["browse_as"]
    assert len(offered) >= 3
    assert len({json.dumps(one["label"]) for one in offered}) == len(offered)
    assert Person.objects.filter(
        storefront=shop, external_id__in=[one["external_id"] for one in offered]
    ).count() == len(offered)


def test_nobody_is_offered_for_a_sensitive_taste(db, few_people):
    one = next(one for one in demonstration.BUNDLED if one.vertical == "health")
    portal = demonstration.storefront_of(one.slug, one.name, one.vertical)
    demonstration.synthetic_import(portal, one, quiet)
    portal.refresh_from_db()
    labels = " ".join(offered["label"]["en"] for offered in portal.settings["browse_as"])
    assert not [category for category in registry.vertical("health").sensitive_categories if category in labels]


def test_importing_again_on_the_same_day_changes_nothing(db, few_people):
    one = demonstration.BUNDLED[0]
    shop = demonstration.storefront_of(one.slug, one.name, one.vertical)
    demonstration.synthetic_import(shop, one, quiet)
    before = Behaviour.objects.count(), Item.objects.count()
    demonstration.synthetic_import(shop, one, quiet)
    assert (Behaviour.objects.count(), Item.objects.count()) == before


def test_credentials_are_made_once_and_open_the_doors(db, settings, tmp_path, client):
    settings.VAR_DIR = tmp_path
    shop = Storefront.objects.create(slug="shop", name="Shop", vertical="ecommerce")
    first = demonstration.credentials([shop])
    assert demonstration.credentials([shop]) == first
    assert (tmp_path / "demo.json").stat().st_mode & 0o077 == 0
    assert client.login(username=demonstration.OPERATOR, password=first["password"])
    answer = client.get("/api/v1/storefronts/shop/items", headers={"Authorization": f"Bearer {first['keys']['shop']}"})
    assert answer.status_code == 200


def test_any_vertical_that_brings_data_can_be_the_whole_demo(db, few_people, monkeypatch, capsys):
    monkeypatch.setattr(demo, "train_all", lambda storefront, show: [])
    call_command("demo", "--vertical", "news", "--format", "json")
    assert list(Storefront.objects.values_list("slug", flat=True)) == ["news"]
    assert Behaviour.objects.filter(storefront__slug="news").count() > 100


def test_a_demo_of_a_vertical_that_is_not_installed_says_what_is(db):
    with pytest.raises(CommandError, match="Installed: ecommerce"):
        call_command("demo", "--vertical", "books")
