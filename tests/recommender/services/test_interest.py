"""The second stage: what an interest model changes, and what it must not."""

import shutil
import time

import numpy as np
import pytest

from behaviour.models import Person
from recommender.artifacts import publish
from recommender.models import Artifact, LanguageDeployment, Recommendation
from recommender.services import ServiceError, recommend
from recommender.services import interest as second
from recommender.services.interest import NotLive, Settings, interest_in
from recommender.services.wishes import recommend_from_words
from recommender.serving import interest as deployed
from recommender.serving.live import LiveStorefront


def ids(served) -> list[str]:
    return [entry.item.external_id for entry in served.items]


class Reads:
    """Likes the one title; remembers what it was given."""

    def __init__(self, title: str, seconds: float = 0.0):
        self.title, self.seconds, self.pasts, self.read = title, seconds, [], 0

    def score(self, history_text, item_texts):
        time.sleep(self.seconds)
        self.pasts.append(history_text)
        self.read += len(item_texts)
        return np.array([0.99 if self.title in text else 0.1 for text in item_texts])


@pytest.fixture(autouse=True)
def _forget():
    """Models by folder, and who has to wait, are kept by the process."""
    deployed._models.clear()
    second._again_at.clear()


@pytest.fixture
def put_live(monkeypatch):
    def put(model):
        monkeypatch.setattr(LiveStorefront, "interest", lambda self: model)
        return model

    return put


def test_the_best_candidates_are_ordered_anew(live, put_live):
    before = ids(recommend(storefront=live.storefront, person=live.persons[0], count=4))
    last = live.storefront.items.get(external_id=before[-1]).title
    live.storefront.settings = {"interest": {"candidates": 4, "weight": 3}}
    live.storefront.save()
    model = put_live(Reads(last))
    served = recommend(storefront=live.storefront, person=live.persons[0], count=4)
    assert ids(served)[0] == before[-1] and set(ids(served)) == set(before)
    assert model.read == 4
    assert served.degraded == ()


def test_it_reads_the_persons_past_and_what_they_wish_for(live, put_live):
    model = put_live(Reads("Drama"))
    recommend_from_words(storefront=live.storefront, text="something quiet", person=live.persons[0], count=3)
    assert "Drama" in model.pasts[0] and model.pasts[0].endswith("something quiet")


def test_whoever_does_not_allow_it_is_not_read(live, put_live):
    person = live.persons[0]
    person.consents = {"personalisation": False}
    person.save()
    model = put_live(Reads("Drama"))
    recommend(storefront=live.storefront, person=person, count=3)
    assert model.pasts == []


@pytest.mark.parametrize("fault", ["slow", "broken"])
def test_one_that_is_slow_or_broken_changes_nothing_and_the_list_says_so(live, put_live, fault, monkeypatch):
    monkeypatch.setattr("recommender.services.interest.BATCH", 4)
    before = ids(recommend(storefront=live.storefront, person=live.persons[0], count=4))
    live.storefront.settings = {"interest": {"milliseconds": 1}}
    live.storefront.save()
    put_live(Reads("Drama", seconds=0.02) if fault == "slow" else object())
    served = recommend(storefront=live.storefront, person=live.persons[0], count=4)
    assert ids(served) == before
    assert served.degraded == ("interest",)
    assert Recommendation.objects.get(pk=served.id).context["degraded"] == ["interest"]


def test_one_that_was_late_is_left_alone_for_a_while(live, put_live, monkeypatch):
    asked = []
    monkeypatch.setattr(second, "_within", lambda model, past, texts, until: asked.append(past))
    put_live(Reads("Drama"))
    for _ in range(3):
        served = recommend(storefront=live.storefront, person=live.persons[0], count=4)
        assert served.degraded == ("interest",)
    assert len(asked) == 1
    second._again_at.clear()
    recommend(storefront=live.storefront, person=live.persons[0], count=4)
    assert len(asked) == 2


@pytest.mark.parametrize("own", [None, "much", [], {"candidates": "many", "weight": -1, "milliseconds": True}])
def test_settings_that_make_no_sense_are_the_usual_ones(shop, own):
    shop.settings = {"interest": own}
    assert Settings.of(shop) == Settings()


def test_nothing_is_read_where_an_operator_said_none(live, put_live):
    live.storefront.settings = {"interest": {"candidates": 0}}
    live.storefront.save()
    model = put_live(Reads("Drama"))
    recommend(storefront=live.storefront, person=live.persons[0], count=3)
    assert model.read == 0


def test_somebody_of_whom_nothing_is_known_needs_a_text(live, put_live):
    put_live(Reads("Drama"))
    new = Person.objects.create(storefront=live.storefront, external_id="new")
    with pytest.raises(ServiceError, match="nothing to read"):
        interest_in(storefront=live.storefront, items=live.items[:2], person=new)
    assert interest_in(storefront=live.storefront, items=live.items[:2], person=new, text="drama") == [0.99, 0.99]


def test_there_is_none_until_somebody_puts_one_live(live):
    with pytest.raises(NotLive):
        interest_in(storefront=live.storefront, items=live.items[:2], text="drama")


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    """A real model: one layer, sixteen dimensions."""
    from recommender.language.interest_export import export
    from recommender.language.interest_model import start

    from ..language.tiny import write_model

    folder = tmp_path_factory.mktemp("interest")
    reader = start(write_model(tmp_path_factory.mktemp("base"), "bert"), "cpu", 24, 8)
    reader.save(folder)
    export(reader, folder, quantise=False)
    return folder


class TestDeployed:
    @pytest.fixture
    def deployment(self, live, exported):
        row = Artifact(storefront=live.storefront, algorithm="interest", product="interest", folder="cinema/interest")
        row.manifest = publish(row.path, lambda folder: shutil.copytree(exported, folder, dirs_exist_ok=True), {})
        row.save()
        return LanguageDeployment.objects.create(storefront=live.storefront, product="interest", artifact=row)

    def test_it_is_found_and_answers_for_each_item(self, live, deployment, look_again):
        look_again(live.storefront)
        chances = interest_in(storefront=live.storefront, items=live.items[:3], text="red shoe")
        assert len(chances) == 3 and all(0 <= chance <= 1 for chance in chances)

    def test_one_that_was_changed_on_the_disk_is_not_run(self, live, deployment, look_again):
        path = deployment.folder / "interest.onnx"
        path.write_bytes(path.read_bytes()[:-1] + b"!")
        look_again(live.storefront)
        with pytest.raises(NotLive):
            interest_in(storefront=live.storefront, items=live.items[:3], text="red shoe")
        assert ids(recommend(storefront=live.storefront, person=live.persons[0], count=4))

    def test_what_was_taken_down_is_no_longer_asked(self, live, deployment, look_again):
        LanguageDeployment.objects.update(active=False)
        look_again(live.storefront)
        with pytest.raises(NotLive):
            interest_in(storefront=live.storefront, items=live.items[:3], text="red shoe")
