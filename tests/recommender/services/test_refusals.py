"""What somebody hid shapes what they are shown, and nothing else of it is read."""

import numpy as np
import pytest

from behaviour.kinds import HIDE_TOPIC
from behaviour.models import Behaviour
from behaviour.services.ties import relationship_make
from recommender import serving
from recommender.services import listed, recommend, similar
from recommender.services.refusals import STEP, fewer_like

from ..conftest import NOW


def hide(person, item=None, topic="") -> Behaviour:
    return Behaviour.objects.create(
        storefront=person.storefront,
        person=person,
        item=item,
        kind="hide" if item else HIDE_TOPIC,
        text=topic,
        occurred_at=NOW,
        event_id=f"{person.pk}-{item and item.pk}-{topic}",
    )


def categories(served) -> set[str]:
    return {entry.item.categories[0] for entry in served.items}


def test_a_hidden_topic_is_in_no_list(live):
    person = live.persons[0]
    hide(person, topic="Comedy")
    assert categories(recommend(storefront=live.storefront, person=person)) == {"Drama"}
    assert categories(similar(storefront=live.storefront, item=live.comedies[0], person=person)) == {"Drama"}
    found, _total = listed(storefront=live.storefront, order="new", placement="new", count=20, person=person)
    assert categories(found) == {"Drama"}


def test_a_hidden_topic_is_shown_where_it_is_asked_for_by_name(live):
    person = live.persons[0]
    hide(person, topic="Comedy")
    assert categories(recommend(storefront=live.storefront, person=person, category="Comedy")) == {"Comedy"}


def test_a_hidden_topic_stays_hidden_with_personalisation_off(live):
    person = live.persons[0]
    person.consents = {"personalisation": False}
    person.save()
    hide(person, topic="Comedy")
    assert categories(recommend(storefront=live.storefront, person=person)) == {"Drama"}


def test_a_list_for_nobody_can_heed_what_somebody_hid(live):
    hide(live.persons[0], topic="Comedy")
    options = {"storefront": live.storefront, "session": [live.comedies[0].pk, live.dramas[0].pk], "count": 18}
    assert categories(recommend(**options)) == {"Drama", "Comedy"}
    assert categories(recommend(**options, heeding=live.persons[0])) == {"Drama"}


def test_a_list_for_nobody_can_heed_whom_somebody_muted(village):
    relationship_make(source=village.me, target=village.eve, kind="mutes")
    options = {"storefront": village.storefront, "session": [village.posts["ada"].pk], "count": 6}
    assert village.posts["eve"] in [entry.item for entry in recommend(**options).items]
    assert village.posts["eve"] not in [entry.item for entry in recommend(**options, heeding=village.me).items]


def test_others_still_see_it(live):
    hide(live.persons[0], topic="Comedy")
    assert "Comedy" in categories(recommend(storefront=live.storefront, person=live.persons[1]))


def test_each_hidden_item_lowers_its_category_by_half_a_standard_deviation(live):
    catalogue = serving.live(live.storefront).catalogue
    scores = np.linspace(0, 1, len(catalogue), dtype=np.float32)
    lowered = fewer_like(catalogue, scores, [item.pk for item in live.dramas[:2]])
    drama = catalogue.inside(["Drama"])
    assert np.allclose(scores[drama] - lowered[drama], 2 * STEP * scores.std())
    assert np.array_equal(scores[~drama], lowered[~drama])


def test_scores_that_say_nothing_are_left_alone(live):
    catalogue = serving.live(live.storefront).catalogue
    flat = np.zeros(len(catalogue), dtype=np.float32)
    assert fewer_like(catalogue, flat, [live.dramas[0].pk]) is flat


@pytest.mark.parametrize(("allowed", "changes"), [(True, True), (False, False)])
def test_there_are_fewer_from_a_category_only_where_lists_may_follow_the_person(live, allowed, changes):
    person = live.persons[0]
    person.consents = {"personalisation": allowed}
    person.save()

    def comedies_first() -> list[int]:
        served = recommend(storefront=live.storefront, person=person, count=14)
        return [place for place, entry in enumerate(served.items) if entry.item.categories[0] == "Comedy"]

    before = comedies_first()
    dramas = [item for item in live.dramas if item.pk not in {row.item_id for row in person.behaviours.all()}]
    hide(person, dramas[0])
    hide(person, dramas[1])
    after = comedies_first()
    # Two dramas are gone in any case; with personalisation the others sink below comedies, too.
    assert (after[0] < before[0] - 2) == changes
