import pytest

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
