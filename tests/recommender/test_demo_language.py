"""What the demo teaches a language model: each end that a run can have, keywords for everybody, and nothing twice."""

from dataclasses import replace

import pytest

from recommender.management import demo_language, demonstration
from recommender.models import Artifact, LanguageDeployment, PersonKeywords, TrainingRun

SHOP = next(one for one in demonstration.BUNDLED if one.slug == demo_language.TAUGHT)


def quiet(stage, fraction):
    pass


@pytest.fixture
def few(db, monkeypatch):
    monkeypatch.setattr(demo_language, "SMALL", {**demo_language.SMALL, "most": 400, "epochs": 2})
    storefront = demonstration.storefront_of(SHOP.slug, SHOP.name, SHOP.vertical)
    demonstration.synthetic_import(storefront, replace(SHOP, persons=60), quiet)
    TrainingRun.objects.create(storefront=storefront, algorithm="popularity", status="finished")  # as the demo has
    return storefront


def test_every_end_of_a_run_is_there_and_the_writer_serves(few, capfd):
    demo_language.language_set_up(few, quiet)
    failed, stopped, taught, wrote = TrainingRun.objects.order_by("pk")[1:]
    assert failed.status == "failed" and "500 or more" in failed.error
    assert stopped.status == "cancelled" and 0 < stopped.progress < 1
    assert taught.status == wrote.status == "finished" and taught.curves
    live = LanguageDeployment.objects.get(active=True)
    assert (live.product, live.artifact.run) == (Artifact.Product.KEYWORDS, taught)
    assert "Traceback" not in capfd.readouterr().err


def test_everybody_who_did_something_has_keywords_that_the_catalogue_says_itself(few):
    demo_language.language_set_up(few, quiet)
    rows = PersonKeywords.objects.filter(storefront=few)
    assert rows.count() == 60
    items = few.items.all()
    said = {word for item in items for word in (*item.categories, *item.tags, *map(str, item.attributes.values()))}
    words = {word for row in rows for word, _score in row.keywords}
    assert len(words) > 10 and words <= said


def test_again_or_elsewhere_nothing_is_taught(few):
    demo_language.language_set_up(few, quiet)
    demo_language.language_set_up(few, quiet)
    few.slug = "elsewhere"
    demo_language.language_set_up(few, quiet)
    assert TrainingRun.objects.count() == 5
