"""An experiment from draft to decision, and whom it serves what."""

from datetime import timedelta
from shutil import copytree, rmtree

import pytest
from django.utils import timezone

from behaviour.models import Account, Person
from catalog.models import Storefront
from recommender import serving
from recommender.models import Arm, Artifact, AuditEntry, Deployment, Experiment, Recommendation
from recommender.services import (
    ArmWish,
    ServiceError,
    artifact_activate,
    click_record,
    experiment_create,
    experiment_forecast,
    experiment_ramp,
    experiment_start,
    experiment_stop,
    explain,
    impressions_record,
    page_next,
    recommend,
)
from recommender.services.makers import maker_for, maker_of
from recommender.services.pages import Page

BASELINE, POPULAR = ArmWish("As it is"), ArmWish("What is popular", options={"popular": 1})


@pytest.fixture
def create(live):
    def make(arms=(BASELINE, POPULAR), **wish):
        wish = {"name": "Popular?", "placement": "home", **wish}
        return experiment_create(storefront=live.storefront, arms=list(arms), **wish)

    return make


@pytest.fixture
def run(create, live, look_again):
    def start(*arms, ramp=1.0, **wish):
        experiment = experiment_start(experiment=create(**({"arms": arms} if arms else {}), **wish), ramp=ramp)
        look_again(live.storefront)
        return experiment

    return start


def arms_of(live):
    """Person → the number of the arm that served them."""
    return {
        person.pk: Recommendation.objects.get(pk=recommend(storefront=live.storefront, person=person).id).arm
        for person in live.persons
    }


def test_persons_are_split_and_stay_where_they_are(live, run):
    run()
    first = arms_of(live)
    assert {arm.number for arm in first.values()} == {0, 1}
    assert arms_of(live) == first


def test_an_arm_serves_what_it_says(live, run):
    run()
    for person, arm in arms_of(live).items():
        row = Recommendation.objects.filter(person=person).latest("created_at")
        sources = {source for _pk, _score, source in row.items}
        assert ("model" in sources) is (arm.number == 0)
        assert row.context["arm"] == arm.label
        assert bool(row.deployment_id) is (arm.number == 0)


def test_an_arm_serves_an_artifact_that_is_not_live(live, run):
    other = _copy_of(live.artifact)
    run(BASELINE, ArmWish("The new one", artifact=other))
    for person in live.persons:
        served = recommend(storefront=live.storefront, person=person)
        arm = Recommendation.objects.get(pk=served.id).arm
        assert served.artifact_id == (other.pk if arm.number else live.artifact.pk)


def test_a_list_of_an_arm_is_explained_and_continued_by_its_own_model(live, run):
    other = _copy_of(live.artifact)
    run(BASELINE, ArmWish("The new one", artifact=other))
    for person in live.persons:
        served = recommend(storefront=live.storefront, person=person, count=2, pages=True)
        row = Recommendation.objects.get(pk=served.id)
        assert maker_of(row).artifact.pk == served.artifact_id
        assert maker_for(person, served.items[0].item).artifact.pk == served.artifact_id
        further = page_next(storefront=live.storefront, page=Page(row, 0, 2), person=person)
        assert further.artifact_id == served.artifact_id
        assert Recommendation.objects.get(pk=further.id).arm_id == row.arm_id is not None
        assert maker_of(Recommendation.objects.get(pk=further.id)).artifact.pk == served.artifact_id


def test_a_list_whose_model_is_gone_says_so_and_gives_no_reasons(live, run):
    other = _copy_of(live.artifact)
    run(BASELINE, ArmWish("The new one", artifact=other))
    person, item = next(
        (person, served.items[0].item)
        for person in live.persons
        if (served := recommend(storefront=live.storefront, person=person)).artifact_id == other.pk
    )
    assert explain(storefront=live.storefront, person=person, item=item).reasons
    rmtree(other.path)
    serving.forget()
    why = explain(storefront=live.storefront, person=person, item=item)
    assert (why.reasons, why.algorithm) == ([], "")
    assert "no longer at hand" in why.sentence


def test_a_list_is_explained_by_what_made_it_after_another_model_went_live(live, look_again):
    person = live.persons[0]
    served = recommend(storefront=live.storefront, person=person)
    artifact_activate(artifact=_copy_of(live.artifact))
    look_again(live.storefront)
    assert maker_for(person, served.items[0].item).artifact == live.artifact


def test_an_arm_that_cannot_be_loaded_falls_back_to_what_is_live(live, run, tmp_path):
    broken = Artifact.objects.create(storefront=live.storefront, algorithm="ease", folder="nowhere")
    run(BASELINE, ArmWish("Broken", artifact=broken))
    served = [recommend(storefront=live.storefront, person=person) for person in live.persons]
    assert {one.artifact_id for one in served} == {live.artifact.pk}
    degraded = [one for one in served if one.degraded == ("experiment",)]
    assert degraded and all(Recommendation.objects.get(pk=one.id).arm.number == 1 for one in degraded)


def test_the_ramp_leaves_persons_out_and_a_wider_one_moves_nobody(live, run, look_again):
    experiment = run(ramp=0.4)
    narrow = arms_of(live)
    taking_part = {person: arm for person, arm in narrow.items() if arm is not None}
    assert 0 < len(taking_part) < len(live.persons)
    experiment_ramp(experiment=experiment, ramp=1.0)
    look_again(live.storefront)
    wide = arms_of(live)
    assert None not in wide.values()
    assert all(wide[person] == arm for person, arm in taking_part.items())


def test_the_ramp_cannot_shrink(run):
    with pytest.raises(ServiceError, match="only grow"):
        experiment_ramp(experiment=run(ramp=0.5), ramp=0.2)


def test_nothing_is_tried_on_who_turned_personalisation_off_or_is_nobody_yet(live, run):
    run()
    Person.objects.filter(pk=live.persons[0].pk).update(consents={"personalisation": False})
    for person in (Person.objects.get(pk=live.persons[0].pk), None):
        served = recommend(storefront=live.storefront, person=person)
        assert Recommendation.objects.get(pk=served.id).arm is None


def test_other_placements_are_left_alone(live, run):
    run()
    served = recommend(storefront=live.storefront, person=live.persons[0], placement="item")
    assert Recommendation.objects.get(pk=served.id).arm is None


def test_a_stopped_experiment_serves_nobody(live, run, look_again):
    experiment_stop(experiment=run(), decision="Enough seen.")
    look_again(live.storefront)
    assert set(arms_of(live).values()) == {None}


def test_two_experiments_do_not_run_on_one_placement(create):
    experiment_start(experiment=create())
    with pytest.raises(ServiceError, match="Another experiment"):
        experiment_start(experiment=create(name="Second"))


def test_an_experiment_starts_once(create):
    experiment = experiment_start(experiment=create())
    with pytest.raises(ServiceError, match="Only a draft"):
        experiment_start(experiment=experiment)


def test_a_decision_is_written_down_with_its_author(run, db):
    analyst = Account.objects.create(username="ada")
    experiment = run()
    experiment_stop(
        experiment=experiment, decision="No gain; the model stays.", by=analyst, winner=experiment.arms.first()
    )
    assert (experiment.status, experiment.decision) == ("stopped", "No gain; the model stays.")
    assert (experiment.decided_by, experiment.winner.number) == (analyst, 0)
    with pytest.raises(ServiceError, match="Only a running"):
        experiment_stop(experiment=experiment, decision="Again")


def test_every_step_is_in_the_audit_log_with_what_was_before(run):
    experiment = run(ramp=0.5)
    experiment_ramp(experiment=experiment, ramp=0.8)
    experiment_stop(experiment=experiment, decision="Enough.")
    entries = AuditEntry.objects.filter(action__in=("start", "widen", "stop")).order_by("pk")
    assert [entry.action for entry in entries] == ["start", "widen", "stop"]
    assert (entries[1].before, entries[1].after) == ({"ramp": 0.5}, {"ramp": 0.8})
    assert entries[2].reason == "Enough."


def test_nothing_is_decided_without_words(run):
    with pytest.raises(ServiceError, match="Write down"):
        experiment_stop(experiment=run(), decision="  ")


def test_the_winner_can_be_put_live(live, run):
    other = _copy_of(live.artifact)
    experiment = run(BASELINE, ArmWish("The new one", artifact=other))
    experiment_stop(experiment=experiment, decision="Better.", winner=experiment.arms.last(), promote=True)
    deployment = Deployment.objects.get(storefront=live.storefront, placement="home", active=True)
    assert (deployment.artifact, deployment.reason) == (other, "Popular?: Better.")


def test_a_winner_that_does_not_pass_its_gates_leaves_the_experiment_running(live, run):
    live.storefront.settings["gates"] = {"coverage": 2.0}
    live.storefront.save()
    experiment = run(BASELINE, ArmWish("The new one", artifact=_copy_of(live.artifact)))
    with pytest.raises(ServiceError, match="does not pass"):
        experiment_stop(experiment=experiment, decision="Better.", winner=experiment.arms.last(), promote=True)
    experiment.refresh_from_db()
    assert experiment.status == "running"


def test_a_broken_split_cannot_be_decided_by(run):
    experiment = run()
    Experiment.objects.filter(pk=experiment.pk).update(results={"split": {"mismatch": True}})
    with pytest.raises(ServiceError, match="sample-ratio mismatch"):
        experiment_stop(experiment=experiment, decision="Better.", winner=experiment.arms.last())
    assert experiment_stop(experiment=experiment, decision="The split is broken.").status == "stopped"


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        ({"placement": "cellar"}, "no placement"),
        ({"arms": [BASELINE]}, "at least one variant"),
        ({"arms": [BASELINE, ArmWish("As it is")]}, "name of its own"),
        ({"arms": [BASELINE, ArmWish("B", options={"speed": 1})]}, "No serving option"),
        ({"arms": [BASELINE, ArmWish("B", options={"alike": 3})]}, "from 0.1 to 1"),
        ({"arms": [BASELINE, ArmWish("B", weight=0)]}, "above 0"),
        ({"primary_metric": "joy"}, "No metric"),
        ({"method": "guess"}, "No method"),
        ({"minimum_effect": 0}, "smallest effect"),
        ({"allocation": "bandit", "primary_metric": "revenue"}, "learns from clicks"),
    ],
)
def test_what_cannot_be_served_or_measured_is_refused(create, wish, said):
    with pytest.raises(ServiceError, match=said):
        create(**wish)


def test_another_storefronts_model_is_no_arm(create, live):
    other = Storefront.objects.create(slug="other", name="Other", vertical="video")
    foreign = Artifact.objects.create(storefront=other, algorithm="ease", folder="x")
    with pytest.raises(ServiceError, match="no ranking model"):
        create(arms=[BASELINE, ArmWish("B", artifact=foreign)])


def test_the_length_follows_from_what_the_placement_came_to(live):
    assert experiment_forecast(storefront=live.storefront, placement="home") is None
    for number, person in enumerate(live.persons):
        served = recommend(storefront=live.storefront, person=person)
        row = Recommendation.objects.get(pk=served.id)
        impressions_record(recommendation=row, seen={0: None})
        if number % 4 == 0:
            click_record(recommendation=row, position=0)
    small = experiment_forecast(storefront=live.storefront, placement="home", minimum_effect=0.5)
    assert (small.baseline, small.per_day) == (0.25, len(live.persons))
    assert small.days >= small.persons / small.per_day - 1
    assert (
        experiment_forecast(storefront=live.storefront, placement="home", minimum_effect=0.25).persons
        > 3 * small.persons
    )


def test_an_experiment_of_the_past_ends_after_its_planned_length(create):
    past = timezone.now() - timedelta(days=10)
    experiment = experiment_start(experiment=create(planned_days=14), at=past)
    assert experiment.started_at == past
    assert (experiment.planned_end - past).days in (13, 14)


def test_shares_are_of_the_whole(create):
    create(arms=[ArmWish("A", weight=3), ArmWish("B", weight=1, options={"fresh": 0})])
    assert list(Arm.objects.values_list("share", flat=True)) == [0.75, 0.25]


def _copy_of(artifact):
    copytree(artifact.path, artifact.path.with_name("copy"))
    return Artifact.objects.create(
        storefront=artifact.storefront,
        algorithm=artifact.algorithm,
        folder=f"{artifact.folder.rpartition('/')[0]}/copy",
        manifest=artifact.manifest,
    )
