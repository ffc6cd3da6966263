from types import SimpleNamespace

import pytest

from behaviour.models import Person
from behaviour.services.ties import relationship_make
from catalog.models import Item, Storefront
from recommender import serving
from recommender.jobs import training, training_run_execute
from recommender.services import training_run_create


@pytest.fixture
def live(with_vectors, monkeypatch, settings, tmp_path):
    """The world with EASE trained on it and put live."""
    settings.VAR_DIR = tmp_path
    monkeypatch.setattr(training, "items_embed", lambda storefront_id, progress=None: 0)
    run = training_run_create(storefront=with_vectors.storefront, algorithm="ease", activate=True, enqueue=False)
    with_vectors.artifact = training_run_execute(run.pk)
    assert with_vectors.artifact is not None, run.__class__.objects.get(pk=run.pk).log
    return with_vectors


@pytest.fixture
def look_again():
    """What a second's wait does in a process that serves: look at the database again."""

    def refresh(storefront):
        serving.live(storefront)._looked_at = float("-inf")

    return refresh


@pytest.fixture
def village(db) -> SimpleNamespace:
    """Me, who follows Ada and Bo; both follow Cleo, Ada follows Dag too. Each but me writes in a group of their own."""
    storefront = Storefront.objects.create(slug="village", name="Village", vertical="social")
    people = {
        name: Person.objects.create(storefront=storefront, external_id=name, attributes={"name": name.title()})
        for name in ("me", "ada", "bo", "cleo", "dag", "eve", "fay")
    }
    for source, target in (("me", "ada"), ("me", "bo"), ("ada", "cleo"), ("bo", "cleo"), ("ada", "dag")):
        relationship_make(source=people[source], target=people[target], kind="follows")
    posts = {
        name: Item.objects.create(
            storefront=storefront,
            external_id=f"by-{name}",
            title=f"A post by {name}",
            categories=[f"Group of {name}"],
            attributes={"author": name, "author_name": name.title()},
        )
        for name in people
        if name != "me"
    }
    return SimpleNamespace(storefront=storefront, posts=posts, **people)
