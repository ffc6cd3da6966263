"""Days of a storefront, played through the real services."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item
from recommender.jobs.measuring import measures_update
from recommender.models import Click, Experiment, Impression, Recommendation
from recommender.selectors import training_data
from recommender.selectors.outcomes import outcomes_of
from recommender.services import ArmWish, experiment_create, experiment_start
from recommender.services.attribution import attribution
from recommender.services.periods import last_days

COUNTED = ("lists", "seen", "clicked", "converted", "clicks", "impressions")


@pytest.fixture
def theatre(world):
    world.storefront.synthetic = True
    world.storefront.save()
    return world.storefront


def simulate(storefront, **options):
    out = StringIO()
    wish = {"days": 3, "persons": 20, "format": "json", **options}
    call_command("simulate", storefront.slug, stdout=out, stderr=StringIO(), **wish)
    return out.getvalue()


def everything():
    return (
        Recommendation.objects.count(),
        Impression.objects.count(),
        Click.objects.count(),
        Behaviour.objects.count(),
        Person.objects.count(),
    )


def test_people_see_lists_and_act_on_them(theatre):
    simulate(theatre)
    lists, impressions, clicks, _behaviours, persons = everything()
    assert lists > 10 and persons == 60
    assert lists < impressions
    assert 0 < clicks < impressions
    assert Behaviour.objects.filter(recommendation_id__isnull=False).exists()


def test_all_of_it_is_labelled_and_lies_in_the_past(theatre):
    simulate(theatre)
    assert not Recommendation.objects.exclude(context__synthetic="simulate-1").exists()
    new = Behaviour.objects.filter(person__external_id__startswith="simulated-")
    assert new.exists() and not new.exclude(context__synthetic="simulate").exists()
    assert not Recommendation.objects.filter(created_at__gt=timezone.now()).exists()
    dates = set(Recommendation.objects.values_list("created_at__date", flat=True))
    assert len(dates) >= 2


def test_an_opened_item_is_recorded_with_the_list_and_how_long_it_was_looked_at(theatre):
    simulate(theatre)
    looks = Behaviour.objects.filter(recommendation_id__isnull=False, context__dwell__gt=0)
    assert looks.exists()
    for event in looks:
        row = Recommendation.objects.get(pk=event.recommendation_id)
        assert event.item_id in [pk for pk, _score, _source in row.items]
        assert event.person_id == row.person_id
        assert event.occurred_at >= row.created_at


def test_playing_again_changes_nothing(theatre):
    simulate(theatre)
    before = everything()
    simulate(theatre)
    assert everything() == before


def test_an_interrupted_run_goes_on_with_the_days_that_are_missing(theatre):
    simulate(theatre, days=1)
    first = everything()[0]
    simulate(theatre, days=3)
    assert everything()[0] > first
    assert Person.objects.filter(external_id__startswith="simulated-1-").count() == 20


def test_another_seed_is_other_people(theatre):
    simulate(theatre, days=1)
    simulate(theatre, days=1, seed=2)
    assert Person.objects.filter(external_id__startswith="simulated-").count() == 40


def test_a_dry_run_records_nothing(theatre):
    before = everything()
    assert "to play" in simulate(theatre, dry_run=True)
    assert everything() == before


def test_real_people_are_not_mixed_with_invented_ones_unasked(world):
    with pytest.raises(CommandError, match="--yes"):
        simulate(world.storefront)
    learned = len(training_data(world.storefront).interactions)
    simulate(world.storefront, yes=True)
    assert Recommendation.objects.exists()
    assert len(training_data(world.storefront).interactions) == learned


def test_where_all_people_are_invented_their_acts_are_learned_from(theatre):
    learned = len(training_data(theatre).interactions)
    simulate(theatre)
    assert len(training_data(theatre).interactions) > learned


def test_a_storefront_without_items_says_so(shop):
    shop.synthetic = True
    shop.save()
    with pytest.raises(CommandError, match="import some first"):
        simulate(shop)


def test_days_out_of_range_are_refused(theatre):
    with pytest.raises(CommandError, match="1 to 365 days"):
        simulate(theatre, days=0)


def test_an_experiment_and_the_figures_of_home_count_the_same_clicks_and_conversions(theatre):
    theatre.settings = {"goals": ["rating"]}
    theatre.save()
    arms = [ArmWish("As it is"), ArmWish("Varied", options={"alike": 0.3})]
    experiment = experiment_create(storefront=theatre, name="Varied?", placement="home", arms=arms)
    experiment_start(experiment=experiment)
    simulate(theatre, persons=30)
    Behaviour.objects.filter(recommendation_id__isnull=False).update(kind="rating", value=5.0)
    measures_update(storefront_id=theatre.pk)
    outcomes = outcomes_of(experiment)
    rows = {row.key: row for row in attribution(storefront=theatre, period=last_days(30), by="arm")}
    assert outcomes.sums["converted"].sum() > 0
    for arm in experiment.arms.all():
        own = {name: outcomes.sums[name][outcomes.arms == arm.number].sum() for name in COUNTED}
        assert own == {name: getattr(rows[arm.label], name) for name in COUNTED}


def test_a_running_bandit_learns_over_the_days(theatre):
    arms = [ArmWish("As it is"), ArmWish("Varied", options={"alike": 0.3})]
    experiment = experiment_create(
        storefront=theatre, name="Varied?", placement="home", arms=arms, allocation="bandit", planned_days=14
    )
    experiment_start(experiment=experiment)
    simulate(theatre, days=4, persons=40)
    experiment.refresh_from_db()
    assert experiment.results["seen"][0] > 0 and experiment.results["seen"][1] > 0
    assert experiment.allocations.count() >= 4
    assert Experiment.objects.get().status == "running"


def test_hidden_items_do_not_come_back(theatre):
    simulate(theatre, days=4, persons=30)
    hides = Behaviour.objects.filter(kind="hide", person__external_id__startswith="simulated-")
    for hide in hides:
        later = Recommendation.objects.filter(person=hide.person, created_at__gt=hide.occurred_at)
        assert all(hide.item_id not in [pk for pk, _score, _source in row.items] for row in later)
    assert Item.objects.count() == 20
