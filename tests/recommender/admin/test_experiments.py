"""Operators plan, start, widen and stop experiments, and read what came of them."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Membership
from recommender.models import Allocation, Experiment, Exploration
from recommender.services import ArmWish, experiment_create, experiment_start
from recommender.tasks import measure_experiments

ROW = {
    "metric": "ctr",
    "arm": 1,
    "baseline": 0.1,
    "variant": 0.13,
    "numerators": [100.0, 130.0],
    "denominators": [1000.0, 1000.0],
    "persons": [400, 410],
    "difference": 0.03,
    "low": 0.005,
    "high": 0.055,
    "relative": 0.3,
    "relative_low": 0.05,
    "relative_high": 0.55,
    "p": 0.01,
    "significant": True,
    "chance": 0.992,
    "reduced": 0.0,
}
RESULTS = {
    "rows": [ROW],
    "persons": [400, 410],
    "lists": [1200, 1230],
    "seen": [1000, 1000],
    "with_past": 3,
    "best": [0.008, 0.992],
    "split": {"expected": [405.0, 405.0], "p": 0.7, "mismatch": False},
    "guardrails": [{"metric": "dismissals", "arm": 1, "worse_by": 0.1, "said": "broken"}],
}


@pytest.fixture
def experiment(cinema):
    arms = [ArmWish("As it is"), ArmWish("More varied", options={"alike": 0.3})]
    return experiment_create(storefront=cinema, name="Varied?", placement="home", arms=arms, planned_days=14)


@pytest.fixture
def running(experiment):
    experiment_start(experiment=experiment, ramp=0.5)
    Experiment.objects.filter(pk=experiment.pk).update(results=RESULTS, measured_at=timezone.now())
    experiment.refresh_from_db()
    return experiment


def address(name, experiment):
    return reverse(f"admin:recommender_experiment_{name}", args=[experiment.pk])


def page_of(client, experiment):
    return client.get(address("change", experiment)).content.decode()


def test_an_empty_list_says_what_experiments_are_for(admin_client, db):
    page = admin_client.get(reverse("admin:recommender_experiment_changelist")).content.decode()
    assert "No experiment yet" in page and "smallest effect worth finding" in page


def test_a_row_has_values_counts_interval_and_chance(admin_client, running):
    page = page_of(admin_client, running)
    for words in ("10.00%", "100 / 1,000", "13.00%", "+30.0%", "+5.0% to +55.0%", "99.2%", "better", "(primary)"):
        assert words in page
    assert "CUPED used what 3 persons did before" in page
    assert "at most 30% of a list alike" in page


def test_guardrails_say_in_words_how_they_stand(admin_client, running):
    assert "broken" in page_of(admin_client, running)


def test_segments_come_with_a_warning_and_the_level_of_their_intervals(admin_client, running):
    rows = [{"segment": name, **ROW} for name in ("New here", "Old friends")]
    results = RESULTS | {"segments": {"count": 2, "rows": rows}}
    Experiment.objects.filter(pk=running.pk).update(results=results)
    page = page_of(admin_client, running)
    assert "Old friends" in page and "400 / 410" in page
    assert "Among 2 segments one will look good by chance" in page and "97.50%" in page


def test_without_segments_none_are_spoken_of(admin_client, running):
    assert "By segment" not in page_of(admin_client, running)


def test_a_broken_split_is_a_banner_and_takes_the_decision_away(admin_client, running):
    split = {"expected": [405.0, 405.0], "p": 0.00001, "mismatch": True}
    Experiment.objects.filter(pk=running.pk).update(results={**RESULTS, "split": split})
    page = page_of(admin_client, running)
    assert "do not believe these figures" in page and "p &lt; 0.0001" in page
    assert "Stop and decide" not in page and "Stop without a decision" in page
    form = admin_client.get(address("stop", running)).context["form"]
    assert list(form.fields) == ["decision"]


def test_a_draft_says_that_nothing_happens_yet(admin_client, experiment):
    page = page_of(admin_client, experiment)
    assert "It is a draft" in page and "Stop and decide" not in page


def test_a_plan_becomes_a_draft(admin_client, cinema, artifact_of):
    model = artifact_of(cinema)
    wish = {
        "name": "New model",
        "hypothesis": "",
        "placement": "home",
        "primary_metric": "ctr",
        "minimum_effect": "10",
        "method": "sequential",
        "allocation": "split",
        "planned_days": "",
        "guardrail": "dismissals",
        "worse_by": "5",
        "b-name": "EASE",
        "b-model": str(model.pk),
        "b-alike": "",
        "c-name": "Varied",
        "c-model": "popular",
        "c-alike": "30",
    }
    admin_client.post(reverse("admin:recommender_experiment_add") + "?storefront=cinema", wish)
    made = Experiment.objects.get()
    assert (made.status, made.guardrails, made.created_by.username) == ("draft", [["dismissals", 0.05]], "admin")
    arms = list(made.arms.values_list("name", "artifact", "options"))
    assert arms == [("As it is", None, {}), ("EASE", model.pk, {}), ("Varied", None, {"popular": 1, "alike": 0.3})]


def test_asking_how_long_it_takes_makes_nothing(admin_client, cinema):
    response = admin_client.post(reverse("admin:recommender_experiment_add"), {"plan": "1", "name": "x"})
    assert response.status_code == 200 and not Experiment.objects.exists()


def test_what_cannot_be_is_refused_in_the_form(admin_client, cinema):
    wish = {
        "name": "x",
        "placement": "home",
        "primary_metric": "revenue",
        "minimum_effect": "10",
        "method": "fixed",
        "allocation": "bandit",
        "b-name": "B",
    }
    response = admin_client.post(reverse("admin:recommender_experiment_add"), wish)
    assert "learns from clicks" in str(response.context["form"].non_field_errors())


def test_it_starts_with_a_share_and_is_widened(admin_client, experiment):
    admin_client.post(address("start", experiment), {"ramp": "10"})
    experiment.refresh_from_db()
    assert (experiment.status, experiment.ramp) == ("running", 0.1)
    admin_client.post(address("ramp", experiment), {"ramp": "60"})
    experiment.refresh_from_db()
    assert experiment.ramp == 0.6
    assert LogEntry.objects.filter(change_message__contains="Widened from 10% to 60%").exists()


def test_narrowing_is_refused_with_a_sentence(admin_client, running):
    response = admin_client.post(address("ramp", running), {"ramp": "10"})
    assert "can only grow" in str(response.context["form"].non_field_errors())


def test_looking_at_the_questions_changes_nothing(admin_client, experiment, running):
    for name in ("start", "ramp", "stop"):
        assert admin_client.get(address(name, running)).status_code == 200
    running.refresh_from_db()
    assert (running.status, running.ramp) == ("running", 0.5)


def test_it_stops_with_a_decision_that_stays_on_its_page(admin_client, running):
    winner = running.arms.get(number=1)
    admin_client.post(address("stop", running), {"decision": "Varied lists win.", "winner": winner.pk})
    running.refresh_from_db()
    assert (running.status, running.winner, running.decided_by.username) == ("stopped", winner, "admin")
    page = page_of(admin_client, running)
    assert "Varied lists win." in page and "Chosen: More varied." in page


def test_counting_can_be_asked_for(admin_client, running, monkeypatch):
    asked = []
    monkeypatch.setattr(measure_experiments, "delay", asked.append)
    assert admin_client.get(address("count", running)).status_code == 405
    admin_client.post(address("count", running))
    assert asked == [running.storefront_id]


def test_a_fixed_look_gives_no_verdict_before_its_end(admin_client, running):
    Experiment.objects.filter(pk=running.pk).update(method="fixed")
    page = page_of(admin_client, running)
    assert "too early" in page and "one time in twenty" in page
    Experiment.objects.filter(pk=running.pk).update(planned_end=timezone.now())
    assert "too early" not in page_of(admin_client, running)


def test_no_decision_no_stop(admin_client, running):
    response = admin_client.post(address("stop", running), {"decision": ""})
    assert "decision" in response.context["form"].errors
    running.refresh_from_db()
    assert running.status == "running"


@pytest.mark.parametrize("name", ["start", "ramp", "stop"])
def test_a_viewer_sees_and_changes_nothing(viewer, running, name):
    page = page_of(viewer, running)
    assert "+30.0%" in page and "Stop and decide" not in page
    assert viewer.post(address(name, running), {"ramp": "100", "decision": "x"}).status_code == 403
    assert viewer.get(reverse("admin:recommender_experiment_add")).status_code == 403
    running.refresh_from_db()
    assert (running.status, running.ramp) == ("running", 0.5)


def test_who_may_not_put_models_live_is_not_asked_whether_to(account, running, artifact_of):
    running.arms.filter(number=1).update(artifact=artifact_of(running.storefront))
    form = account("change_experiment").get(address("stop", running)).context["form"]
    assert list(form.fields) == ["decision", "winner"]


def test_a_bandit_shows_its_shares_as_lines_and_in_numbers(admin_client, running):
    Experiment.objects.filter(pk=running.pk).update(allocation="bandit")
    for shares in ([0.5, 0.5], [0.3, 0.7], [0.1, 0.9]):
        Allocation.objects.create(experiment=running, shares=shares, best=shares, regret=4.5)
    page = page_of(admin_client, running)
    assert page.count("<polyline") == 2
    assert "Now: As it is 10%; More varied 90%" in page
    assert "best with a chance of 90.0%" in page and "about 4.5 clicks" in page


def test_the_shares_of_a_bandit_are_a_file(admin_client, running):
    Experiment.objects.filter(pk=running.pk).update(allocation="bandit")
    running.arms.filter(number=1).update(name="=More")
    for share in (0.5, 0.7):
        Allocation.objects.create(experiment=running, shares=[1 - share, share], best=[0.25, 0.75], regret=4.5)
    file = reverse("admin:recommender_experiment_shares", args=[running.pk])
    assert file in page_of(admin_client, running)
    heads, first, last = admin_client.get(file).content.decode().splitlines()
    assert heads == 'When,"As it is, share","As it is, best","\'=More, share","\'=More, best",Regret'
    assert first.endswith(",0.5,0.25,0.5,0.75,4.5")
    assert "0.7,0.75,4.5" in last


def test_the_shares_of_another_storefronts_bandit_are_not_there(client, running, shop):
    account = Account.objects.create_user("elsewhere", password="test", is_staff=True)
    Membership.objects.create(account=account, storefront=shop, role="administrator")
    client.force_login(account)
    assert client.get(reverse("admin:recommender_experiment_shares", args=[running.pk])).status_code == 404


def test_the_page_costs_the_same_whatever_it_has_counted(admin_client, running, django_assert_max_num_queries):
    Allocation.objects.bulk_create(
        Allocation(experiment=running, shares=[0.5, 0.5], best=[0.5, 0.5]) for _ in range(300)
    )
    Experiment.objects.filter(pk=running.pk).update(allocation="bandit")
    admin_client.get(address("change", running))
    with django_assert_max_num_queries(10):
        admin_client.get(address("change", running))


def test_the_list_costs_the_same_with_many_experiments(admin_client, cinema, django_assert_max_num_queries):
    Experiment.objects.bulk_create(Experiment(storefront=cinema, name=f"E{n}", placement="home") for n in range(30))
    with django_assert_max_num_queries(10):
        admin_client.get(reverse("admin:recommender_experiment_changelist"))


def test_planning_costs_a_fixed_number_of_queries(admin_client, cinema, artifact_of, django_assert_max_num_queries):
    artifact_of(cinema)
    with django_assert_max_num_queries(14):
        admin_client.get(reverse("admin:recommender_experiment_add"))


@pytest.mark.parametrize("name", ["change", "start", "ramp", "stop"])
def test_the_operator_of_another_storefront_meets_no_experiment(client, running, shop, name):
    account = Account.objects.create_user("neighbour", password="test", is_staff=True)
    Membership.objects.create(account=account, storefront=shop, role="data-scientist")
    client.force_login(account)
    wish = {"ramp": "100", "decision": "Mine now."}
    assert client.post(address(name, running), wish).status_code in (302, 403, 404)
    running.refresh_from_db()
    assert (running.status, running.ramp) == ("running", 0.5)
    forms = client.get(reverse("admin:recommender_experiment_add") + "?storefront=cinema").context
    assert [one.slug for one in forms["storefronts"]] == ["shop"]


def test_an_analyst_runs_experiments_and_puts_nothing_live(client, running, cinema, artifact_of):
    running.arms.filter(number=1).update(artifact=artifact_of(cinema))
    account = Account.objects.create_user("analyst", password="test", is_staff=True)
    Membership.objects.create(account=account, storefront=cinema, role="analyst")
    client.force_login(account)
    assert list(client.get(address("stop", running)).context["form"].fields) == ["decision", "winner"]
    client.post(address("stop", running), {"decision": "Enough seen."})
    running.refresh_from_db()
    assert running.status == "stopped"


@pytest.fixture
def slot(cinema):
    estimate = {"n": 90, "ips": 0.2, "ips_low": 0.1, "ips_high": 0.3, "snips": 0.21, "snips_low": 0.12}
    estimate |= {"snips_high": 0.3, "effective": 60.0}
    return Exploration.objects.create(
        storefront=cinema,
        placement="home",
        report={
            "lists": 90,
            "explored": 30,
            "items": 12,
            "online": {"n": 90, "value": 0.15, "low": 0.1, "high": 0.2},
            "online_model": {"n": 60, "value": 0.22, "low": 0.15, "high": 0.29},
            "policies": {"model": estimate, "newest": {**estimate, "effective": 2.0}},
        },
    )


def test_the_report_of_a_slot_has_estimates_beside_what_was_earned(admin_client, slot):
    page = admin_client.get(reverse("admin:recommender_exploration_change", args=[slot.pk])).content.decode()
    for words in ("20.00%", "10.00% to 30.00%", "21.00%", "22.00%", "15.00%", "never served", "too little to say"):
        assert words in page


def test_what_was_served_under_a_slot_stays_as_it_was(admin_client, slot):
    wish = {"storefront": slot.storefront_id, "placement": "home", "share": "0.4", "position": "0", "active": "on"}
    admin_client.post(reverse("admin:recommender_exploration_change", args=[slot.pk]), wish)
    slot.refresh_from_db()
    assert (slot.share, slot.position) == (0.1, 3)


def test_a_slot_is_switched_off_and_on_and_not_beside_another(admin_client, slot):
    page = reverse("admin:recommender_exploration_change", args=[slot.pk])
    admin_client.post(page, {})
    slot.refresh_from_db()
    assert slot.active is False
    Exploration.objects.create(storefront=slot.storefront, placement="home")
    assert "active" in admin_client.post(page, {"active": "on"}).context["adminform"].form.errors


SLOT = {"placement": "home", "share": "0.1", "position": "4", "active": "on"}
NEW_SLOT = reverse("admin:recommender_exploration_add") + "?storefront=cinema"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"share": "0.9"}, "share"),
        ({"placement": "cellar"}, "placement"),
        ({"placement": "search"}, "placement"),
        ({"position": "0"}, "position"),
        ({"position": "21"}, "position"),
    ],
)
def test_a_slot_that_cannot_be_is_refused(admin_client, cinema, wish, field):
    response = admin_client.post(NEW_SLOT, SLOT | wish)
    assert field in response.context["adminform"].form.errors
    assert not Exploration.objects.exists()


def test_a_second_slot_of_a_placement_is_refused_in_words(admin_client, slot):
    errors = admin_client.post(NEW_SLOT, SLOT).context["adminform"].form.errors
    assert errors == {"placement": ["Another slot explores this placement already. Switch that one off first."]}


def test_a_new_slot_explores_the_place_that_the_form_counts_from_1(admin_client, cinema):
    admin_client.post(NEW_SLOT, SLOT)
    slot = Exploration.objects.get()
    assert (slot.active, slot.storefront, slot.position) == (True, cinema, 3)
    for page in ("changelist", "change"):
        address = reverse(f"admin:recommender_exploration_{page}", args=[slot.pk] if page == "change" else [])
        html = admin_client.get(address).content.decode()
        assert "place in the list" in html.lower()
        assert ">4<" in re.sub(r"\s+", "", html)


def test_the_last_place_of_a_list_can_be_explored(admin_client, cinema):
    admin_client.post(NEW_SLOT, SLOT | {"position": "20"})
    assert Exploration.objects.get().position == 19


def test_the_form_of_a_slot_offers_the_placements_of_the_storefront(admin_client, cinema, shop):
    asked = admin_client.get(NEW_SLOT.partition("?")[0])
    assert "Which storefront is the slot for?" in asked.content.decode()
    for storefront, places in ((cinema, ["home", "item"]), (shop, ["home", "item", "cart"])):
        page = admin_client.get(NEW_SLOT.partition("?")[0], {"storefront": storefront.slug})
        form = page.context["adminform"].form
        assert [slug for slug, _name in form.fields["placement"].choices] == places
        assert form["position"].value() == 4
