"""Each format on the real thing, where ../shared/data is there: the counts are those of its README."""

from pathlib import Path

import pytest

from behaviour.datasets import FORMATS, Options
from behaviour.datasets.importing import dataset_import
from behaviour.models import Behaviour, Person, Relationship
from catalog.models import Item, Storefront

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"

# A test of its own transaction would put the import into a savepoint, and SQLite's savepoints in memory take time
# that grows with the square of the rows.
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def import_real(monkeypatch):
    monkeypatch.setattr("catalog.changes._listeners", [])

    def make(name: str, folder: str, vertical: str):
        path = DATA / folder
        if not path.is_dir():
            pytest.skip(f"The data set {folder} is not here; see ../shared/data/README.md.")
        storefront = Storefront.objects.create(slug="real", name="Real", vertical=vertical)
        dataset = FORMATS[name].read(path, Options(vertical))
        reports = dataset_import(storefront=storefront, dataset=dataset)
        assert not any(report.rejected for report in reports.values())
        return dataset

    return make


def test_movielens_100k_has_943_users_1682_films_100000_ratings(import_real):
    import_real("movielens-100k", "movielens-100k", "video")
    assert (Person.objects.count(), Item.objects.count(), Behaviour.objects.count()) == (943, 1682, 100_000)
    assert Item.objects.get(external_id="1").attributes == {"year": 1995}


def test_movielens_small_has_610_users_9742_films_100836_ratings_3683_tags(import_real):
    import_real("movielens", "movielens-small", "video")
    assert (Person.objects.count(), Item.objects.count()) == (610, 9742)
    assert Behaviour.objects.filter(kind="rating").count() == 100_836
    assert Behaviour.objects.filter(kind="review").count() == 3683


def test_amazon_beauty_has_22363_users_12101_items_198502_interactions(import_real):
    import_real("sequences", "amazon-beauty", "ecommerce")
    assert (Person.objects.count(), Item.objects.count(), Behaviour.objects.count()) == (22_363, 12_101, 198_502)


def test_online_retail_has_4339_customers_and_3665_products_once_cleaned(import_real):
    dataset = import_real("online-retail", "online-retail", "ecommerce")
    assert (Person.objects.count(), Item.objects.count()) == (4339, 3665)
    assert Behaviour.objects.count() + dataset.skipped.total() == 541_909
    # The five charges among the 3,665 codes, which nobody is ever recommended.
    charges = Item.objects.filter(withdrawn=True).values_list("external_id", flat=True)
    assert set(charges) == {"POST", "DOT", "M", "C2", "BANK CHARGES"}


def test_lastfm_has_1892_users_17632_artists_92834_pairs_25434_friends(import_real):
    import_real("lastfm", "lastfm", "video")
    assert (Person.objects.count(), Item.objects.count()) == (1892, 17_632)
    assert (Behaviour.objects.count(), Relationship.objects.count()) == (92_834, 25_434)
