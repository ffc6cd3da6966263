import sys

import numpy as np
import pytest
from django.utils import timezone

from catalog.models import Storefront
from recommender import registry, selectors, serving
from recommender.artifacts import publish
from recommender.models import Artifact
from recommender.services import artifact_activate
from tests.catalog.api.clients import api, api_for, patient, product, rival, shop

__all__ = ["api", "patient", "rival", "shop"]


@pytest.fixture(autouse=True)
def fresh_process():
    """What a web process keeps of a storefront must not outlive the test's database."""
    serving.forget()
    yield
    serving.forget()


@pytest.fixture
def unhurried(patient, monkeypatch):
    """The same for what serving remembers of a storefront."""
    monkeypatch.setattr(sys.modules["recommender.serving.live"], "REFRESH", 3600)


@pytest.fixture
def stocked(api):
    """Six teas and four mugs, of which people looked at the first ones most."""
    api.post(
        "items/batch",
        [product(number, title=f"Green tea {number}", categories=["Tea"]) for number in range(1, 7)]
        + [product(number, title=f"Blue mug {number}", categories=["Mugs"]) for number in range(7, 11)],
    )
    looks = [(person, item) for person in range(1, 6) for item in range(1, 7 - person)]
    api.post(
        "behaviours/batch",
        [
            {
                "event_id": f"{person}-{item}",
                "person": f"u-{person}",
                "kind": "view",
                "item": f"sku-{item}",
                "occurred_at": timezone.now().isoformat(),
            }
            for person, item in looks
        ],
    )
    serving.forget()
    return api


@pytest.fixture
def cinema_api(world, settings, tmp_path):
    """The small world of films, with a graph that was fitted on it and put live."""
    settings.VAR_DIR = tmp_path
    model_put_live(world.storefront, "graph")
    return api_for(world.storefront)


def model_put_live(storefront: Storefront, algorithm: str) -> None:
    data = selectors.training_data(storefront)
    fitted = registry.algorithm(algorithm)().fit(data.interactions, data.items)

    def write(folder):
        fitted.save(folder)
        np.savez(folder / "items.npz", item_ids=data.items.ids)

    row = Artifact(storefront=storefront, algorithm=algorithm, folder=f"{storefront.slug}/{algorithm}")
    row.manifest = publish(row.path, write, {"algorithm": algorithm})
    row.save()
    artifact_activate(artifact=row)
