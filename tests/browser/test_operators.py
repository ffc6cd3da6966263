"""From a training to the way back, through the admin of a storefront that serves; and who can do none of it."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from behaviour.models import Account, Membership, Person
from catalog.models import Item
from recommender.jobs import training_run_execute
from recommender.jobs.experiments import experiments_measure
from recommender.models import AuditEntry, Deployment, Experiment, OperatorRule, Recommendation, TrainingRun
from recommender.services import ArmWish, artifact_activate, experiment_create, experiment_start

WAIT = 3_000  # milliseconds: a process that serves looks at the database again within one second


def url(name: str, *args, **query) -> str:
    address = reverse(f"admin:recommender_{name}", args=args)
    return address + "?" + "&".join(f"{key}={value}" for key, value in query.items()) if query else address


@pytest.fixture
def signed_in(open_page):
    def at(role: str, storefront):
        name = f"{role}-{storefront.slug}"
        account = Account.objects.create_user(name, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=storefront, role=role)
        page = open_page(reverse("admin:index"))
        page.fill("[name=username]", name)
        page.fill("[name=password]", "test")
        page.click("[type=submit]")
        page.wait_for_url(f"**{reverse('admin:index')}")
        return page

    return at


def led_by(visitor, person: Person) -> Recommendation:
    """Open the first page: the list that stands first on it, as its links name it."""
    visitor.goto("/s/cinema/")
    link = visitor.locator("main a[href*='r=']").first.get_attribute("href")
    return Recommendation.objects.get(pk=parse_qs(urlsplit(link).query)["r"][0], person=person, placement="home")


def press(page, name: str, then: str) -> None:
    page.locator("main, #main, body").first.get_by_role("button", name=name, exact=True).last.click()
    page.wait_for_url(then)


def test_an_operator_trains_promotes_inspects_rules_tries_decides_and_goes_back(site, signed_in, open_page):
    cinema = site.cinema
    first = Deployment.objects.get(storefront=cinema, active=True)
    page = signed_in("administrator", cinema)

    page.goto(url("trainingrun_add", storefront="cinema"))
    page.select_option("[name=algorithm]", "ease")
    press(page, "Train", "**/trainingrun/*/change/")
    run = TrainingRun.objects.get(storefront=cinema, status="queued")
    artifact = training_run_execute(run.pk)  # what a worker would do

    page.goto(url("artifact_leaderboard", storefront="cinema"))
    page.locator(f"a[href='{url('artifact_change', artifact.pk)}']").first.click()
    page.locator(f"a[href*='{url('artifact_activate', artifact.pk)}']").first.click()
    page.fill("[name=reason]", "Trained on newer data")
    press(page, "Activate", "**/deployment/*/change/**")
    live = Deployment.objects.get(storefront=cinema, active=True)
    assert (live.artifact, live.previous) == (artifact, first)

    regular = Person.objects.get(storefront=cinema, external_id="person-0")
    page.goto(url("recommendation_inspector", storefront="cinema", person=regular.pk, placement="home"))
    press(page, "Inspect", "**person=*")
    assert page.locator("table").count() > 0

    pinned = Item.objects.filter(storefront=cinema).order_by("-pk").first()
    page.goto(url("operatorrule_add", storefront="cinema"))
    page.fill("[name=name]", "Film of the week")
    page.select_option("[name=kind]", "pin")
    page.fill("[name=condition]", f'id = "{pinned.external_id}"')
    page.fill("[name=position]", "1")
    page.locator("[name=_save]").last.click()
    page.wait_for_url(f"**{url('operatorrule_changelist')}**")
    assert OperatorRule.objects.get().name == "Film of the week"
    visitor = open_page("/s/cinema/browse-as/")
    visitor.wait_for_timeout(WAIT)
    visitor.get_by_role("button", name="The regular").click()
    served = led_by(visitor, regular)
    assert (served.items[0][0], served.items[0][2], served.deployment) == (pinned.pk, "rule", live)
    assert visitor.get_by_text(pinned.title).first.is_visible()

    page.goto(url("experiment_add", storefront="cinema"))
    page.fill("[name=name]", "Popular instead?")
    page.select_option("[name=placement]", "home")
    page.fill("[name='b-name']", "Popular")
    page.select_option("[name='b-model']", "popular")
    press(page, "Make a draft", "**/experiment/*/change/")
    experiment = Experiment.objects.get()
    page.get_by_role("link", name="Start", exact=True).click()
    press(page, "Start", f"**{url('experiment_change', experiment.pk)}")
    visitor.wait_for_timeout(WAIT)
    served = led_by(visitor, regular)
    assert served.arm.experiment == experiment
    experiments_measure(storefront_id=cinema.pk)  # what the clock would do

    page.goto(url("experiment_change", experiment.pk))
    page.get_by_role("link", name="Stop and decide").or_(page.get_by_role("link", name="Stop without")).first.click()
    page.fill("[name=decision]", "Too few came; what is live stays.")
    press(page, "Stop", f"**{url('experiment_change', experiment.pk)}")
    page.get_by_text("Too few came; what is live stays.").first.wait_for()

    page.goto(url("deployment_registry", storefront="cinema"))
    page.get_by_role("button", name="Roll back").first.click()
    page.wait_for_load_state()
    assert Deployment.objects.get(storefront=cinema, active=True).artifact == first.artifact
    said = list(AuditEntry.objects.filter(actor_name="administrator-cinema").order_by("pk").values_list("action"))
    actions = [action for (action,) in said]
    for action in ("promote", "start", "stop", "roll back"):
        assert action in actions, actions
    assert page.complaints == []


@pytest.fixture
def everything(site):
    """All that there is to be done something with: a model to go back from, a rule, a draft and what runs."""
    cinema = site.cinema
    first = Deployment.objects.get(storefront=cinema, active=True)
    second = artifact_activate(artifact=first.artifact)
    arms = [ArmWish("As it is"), ArmWish("Popular", options={"popular": 1})]
    about = {"storefront": cinema, "arms": arms}
    draft = experiment_create(name="Secret draft", placement="home", **about)
    running = experiment_start(experiment=experiment_create(name="Secret run", placement="item", **about))
    rule = OperatorRule.objects.create(storefront=cinema, name="Secret rule", kind="filter", condition="known = 1")
    served = Recommendation.objects.create(storefront=cinema, placement="home", items=[])
    return {"deployment": second, "draft": draft, "running": running, "rule": rule, "served": served}


@pytest.mark.parametrize("role, own", [("viewer", True), ("administrator", False)])
def test_a_viewer_and_an_operator_of_another_storefront_can_do_none_of_it(site, everything, signed_in, role, own):
    page = signed_in(role, site.cinema if own else site.shop)
    live, draft, running, rule = (everything[name] for name in ("deployment", "draft", "running", "rule"))
    before = _state()
    token = {c["name"]: c["value"] for c in page.context.cookies()}["csrftoken"]
    wishes = {
        url("trainingrun_add"): {"storefront": "cinema", "algorithm": "ease", "protocol": "random", "seed": 0},
        url("artifact_activate", live.artifact_id): {"reason": "x", "force": "on"},
        url("artifact_baseline", live.artifact_id): {},
        url("deployment_rollback", live.pk): {"reason": "x"},
        url("operatorrule_add", storefront="cinema"): {"name": "x", "kind": "filter", "condition": "price > 1"},
        url("operatorrule_change", rule.pk): {"name": "x", "kind": "filter", "condition": "price > 1"},
        url("operatorrule_delete", rule.pk): {"post": "yes"},
        url("experiment_add", storefront="cinema"): {"name": "x", "placement": "home", "b-name": "B"},
        url("experiment_start", draft.pk): {"ramp": 100},
        url("experiment_ramp", running.pk): {"ramp": 100},
        url("experiment_stop", running.pk): {"decision": "x"},
        url("experiment_count", running.pk): {},
    }
    for address, wish in wishes.items():
        headers = {"X-CSRFToken": token, "Referer": page.url}
        answer = page.request.post(address, form=wish, headers=headers, max_redirects=0)
        # A form that knows neither the storefront nor its models comes back; what is not theirs is not there.
        assert answer.status in ((403, 404) if own else (200, 302, 403, 404)), address
    assert _state() == before

    for name in ("artifact_leaderboard", "deployment_registry", "recommendation_inspector", "experiment_changelist"):
        page.goto(url(name, storefront="cinema"))
        assert page.get_by_text("Secret").count() == 0 or own, name
        for button in ("Roll back", "Promote", "Train", "Pin"):
            assert page.get_by_role("button", name=button, exact=True).count() == 0 or not own, (name, button)
    status = page.request.get(url("recommendation_inspector", recommendation=everything["served"].pk)).status
    assert status == 403 if own else status == 200
    for address in (url("experiment_change", running.pk), url("experiment_change", draft.pk)):
        page.goto(address)
        for link in ("Start", "Widen", "Stop and decide", "Stop without a decision"):
            assert page.get_by_role("link", name=link, exact=True).count() == 0


def _state() -> tuple:
    return (
        sorted(Deployment.objects.values_list("pk", "active")),
        sorted(OperatorRule.objects.values_list("pk", "name")),
        sorted(Experiment.objects.values_list("pk", "status", "ramp")),
        TrainingRun.objects.count(),
        AuditEntry.objects.count(),
    )
