"""How it works is told from what is live."""

import pytest

from behaviour.kinds import kinds_for
from catalog.models import Storefront
from recommender.models import Artifact, LanguageDeployment
from recommender.services.describing import described


def test_what_is_live_and_what_it_learned_from_is_said(live):
    told = described(storefront=live.storefront, language="en")
    assert [(model.name, model.interactions, model.persons, model.items) for model in told.models] == [
        ("EASE", 240, 40, 20)
    ]
    assert told.models[0].since == live.artifact.deployments.get().activated_at
    assert told.encoder.model == "test"


def test_without_a_model_none_is_named(world):
    told = described(storefront=world.storefront, language="en")
    assert told.models == [] and told.encoder is None and told.interest_since is None


def test_a_language_model_is_said_only_while_it_is_live(live):
    row = LanguageDeployment.objects.create(
        storefront=live.storefront, product=Artifact.Product.INTEREST, artifact=live.artifact
    )
    assert described(storefront=live.storefront, language="en").interest_since == row.activated_at
    row.active = False
    row.save()
    assert described(storefront=live.storefront, language="en").interest_since is None


@pytest.mark.parametrize("slug", ["ecommerce", "news", "video", "social", "health"])
def test_each_kind_stands_on_one_side_and_none_is_left_out(db, slug):
    told = described(storefront=Storefront.objects.create(slug="s", vertical=slug), language="en")
    sides = [*told.speaks_for, *told.speaks_against, *told.by_value, *told.hides, *told.says_nothing]
    assert len(sides) == len(set(sides)) == len(kinds_for(slug))
