"""Gates, challengers, shadows, and changing what is live while people ask."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from recommender import registry, selectors
from recommender.artifacts import publish
from recommender.jobs.shadowing import mirror
from recommender.models import Artifact, AuditEntry, Deployment, Recommendation, ShadowList, Standby
from recommender.services import ServiceError, artifact_activate, deployment_rollback, recommend, shadows
from recommender.services.promoting import GateError, Gates, artifact_promote, gates_check, standby_end, standby_start
from recommender.services.shadows import mirrored, shadow_report
from recommender.tasks import clean


@pytest.fixture
def artifact_of(world, settings, tmp_path):
    """An artifact that really ranks, whose manifest says what a gate is to read."""
    settings.VAR_DIR = tmp_path

    def made(algorithm="ease", ndcg=0.1, coverage=0.5, p95=5.0, split="aa", gain=0.05) -> Artifact:
        data = selectors.training_data(world.storefront)
        fitted = registry.algorithm(algorithm)().fit(data.interactions, data.items)

        def write(folder):
            fitted.save(folder)
            np.savez(folder / "items.npz", item_ids=data.items.ids)

        report = {"algorithm": algorithm, "metrics": {"ndcg@10": ndcg, "coverage@10": coverage}, "intervals": {}}
        manifest = {
            "algorithm": algorithm,
            "evaluation": {"split": split, "report": report, "difference": {"ndcg@10": gain}},
            "serving": {"p95_ms": p95},
        }
        row = Artifact(
            storefront=world.storefront, algorithm=algorithm, folder=f"cinema/{algorithm}-{Artifact.objects.count()}"
        )
        row.manifest = publish(row.path, write, manifest)
        row.save()
        return row

    return made


def failed(results) -> int:
    return sum(not one.passed for one in results)


def test_the_first_model_has_nobody_to_be_worse_than(artifact_of):
    assert failed(gates_check(artifact_of(ndcg=0.0001))) == 0


@pytest.mark.parametrize(
    "figures, gates",
    [
        ({"ndcg": 0.09}, 1),
        ({"ndcg": 0.096}, 0),
        ({"coverage": 0.001}, 1),
        ({"p95": 9000}, 1),
        ({"ndcg": 0.01, "coverage": 0.0, "p95": 9000}, 3),
    ],
)
def test_gates_stop_what_is_worse_narrower_or_slower(artifact_of, figures, gates):
    artifact_activate(artifact=artifact_of(ndcg=0.1))
    worse = artifact_of("graph", **figures)
    assert failed(gates_check(worse)) == gates
    if gates:
        with pytest.raises(GateError):
            artifact_promote(artifact=worse)
        assert Deployment.objects.get(active=True).artifact != worse


def test_figures_of_two_splits_are_compared_by_what_they_add_to_popularity(artifact_of):
    artifact_activate(artifact=artifact_of(ndcg=0.1, gain=0.05, split="aa"))
    assert failed(gates_check(artifact_of("graph", ndcg=0.02, gain=0.05, split="bb"))) == 0
    assert failed(gates_check(artifact_of("graph", ndcg=0.2, gain=0.01, split="bb"))) == 1


def test_what_was_never_measured_does_not_pass(artifact_of):
    bare = artifact_of()
    bare.manifest = {}
    assert failed(gates_check(bare)) == 3


def test_a_storefront_declares_its_own_gates(artifact_of, world):
    world.storefront.settings = {"gates": {"coverage": 0.9, "p95_ms": None, "ndcg_drop": "much"}}
    assert Gates.of(world.storefront) == Gates(coverage=0.9, p95_ms=None)


def test_overriding_gates_is_in_the_log(artifact_of, admin_user):
    artifact_activate(artifact=artifact_of(ndcg=0.1))
    worse = artifact_of("graph", ndcg=0.01)
    artifact_promote(artifact=worse, by=admin_user, reason="An outage", force=True)
    entry = AuditEntry.objects.first()
    assert (entry.action, entry.reason, entry.actor_name) == ("override gates", "An outage", "admin")


def test_promoting_and_rolling_back_are_in_the_log_with_before_and_after(artifact_of, world):
    first, second = artifact_of(), artifact_of("graph")
    artifact_promote(artifact=first)
    artifact_promote(artifact=second, reason="Better")
    deployment_rollback(storefront=world.storefront, reason="Complaints")
    said = [
        (e.action, (e.before or {}).get("artifact"), e.after["artifact"]) for e in AuditEntry.objects.order_by("id")
    ]
    assert said == [
        ("promote", None, first.pk),
        ("promote", first.pk, second.pk),
        ("roll back", second.pk, first.pk),
    ]


def test_a_new_shadow_takes_the_place_of_the_one_before(artifact_of):
    artifact_activate(artifact=artifact_of())
    first = standby_start(artifact=artifact_of("graph"), role="shadow", share=0.5)
    second = standby_start(artifact=artifact_of("popularity"), role="shadow", share=1)
    assert list(Standby.objects.filter(active=True)) == [second]
    with pytest.raises(ServiceError):
        standby_end(standby=first)


@pytest.mark.parametrize("wish", [{"role": "shadow", "share": 0}, {"role": "king"}, {"role": "shadow", "share": 1.5}])
def test_what_cannot_stand_by_is_refused(artifact_of, wish):
    with pytest.raises(ServiceError):
        standby_start(artifact=artifact_of(), **wish)


@pytest.mark.parametrize(
    ("model", "act"),
    [
        (Deployment, lambda artifact: artifact_activate(artifact=artifact)),
        (Standby, lambda artifact: standby_start(artifact=artifact, role="challenger")),
    ],
)
def test_the_second_of_two_who_act_at_once_is_told_so(artifact_of, monkeypatch, model, act):
    artifact = artifact_of()
    create = model.objects.create

    def after_a_rival(**fields):
        create(**fields)
        return create(**fields)

    monkeypatch.setattr(model.objects, "create", after_a_rival)
    with pytest.raises(ServiceError, match="at the same moment"):
        act(artifact)
    assert not AuditEntry.objects.exists()


def test_what_is_live_does_not_stand_by_for_itself(artifact_of):
    artifact = artifact_of()
    artifact_activate(artifact=artifact)
    with pytest.raises(ServiceError):
        standby_start(artifact=artifact, role="challenger")


def test_promoting_a_challenger_ends_its_waiting(artifact_of):
    artifact_activate(artifact=artifact_of())
    artifact = artifact_of("graph")
    standby_start(artifact=artifact, role="challenger")
    artifact_promote(artifact=artifact)
    assert not Standby.objects.filter(active=True).exists()


def test_a_share_of_the_lists_is_mirrored_and_the_request_does_not_wait(
    artifact_of, world, monkeypatch, django_capture_on_commit_callbacks
):
    artifact_activate(artifact=artifact_of())
    standby = standby_start(artifact=artifact_of("graph"), role="shadow", share=0.5)
    sent = []
    monkeypatch.setattr("recommender.services.recommendations.mirror_request", lambda *args: sent.append(args))
    with django_capture_on_commit_callbacks(execute=True):
        for number in range(40):
            recommend(storefront=world.storefront, person=world.persons[number], count=4)
    assert 8 <= len(sent) <= 32
    assert {one[0] for one in sent} == {standby.pk}


def test_a_broker_that_is_gone_costs_the_request_nothing(
    artifact_of, world, monkeypatch, django_capture_on_commit_callbacks
):
    def gone(*args, **options):
        raise ConnectionError("no broker")

    artifact_activate(artifact=artifact_of())
    standby_start(artifact=artifact_of("graph"), role="shadow", share=1.0)
    monkeypatch.setattr("recommender.services.shadows.current_app.signature", gone)
    with django_capture_on_commit_callbacks(execute=True):
        assert recommend(storefront=world.storefront, person=world.persons[0], count=4).items
    assert shadows._sender is not None


def test_half_of_all_ids_are_mirrored_at_a_half():
    import uuid

    share = np.mean([mirrored(0.5, str(uuid.uuid4())) for _ in range(2000)])
    assert 0.45 < share < 0.55


def test_mirroring_reports_overlap_and_how_much_slower_it_is(artifact_of, world):
    artifact_activate(artifact=artifact_of())
    standby = standby_start(artifact=artifact_of("popularity"), role="shadow", share=1.0)
    for person in world.persons[:5]:
        served = recommend(storefront=world.storefront, person=person, count=6)
        assert mirror(standby.pk, served.id) is not None
    report = shadow_report(standby)
    assert (report.lists, report.failed) == (5, 0)
    assert 0 <= report.low <= report.overlap <= report.high <= 1
    assert report.overlap < 1
    assert report.slower == report.shadow_p95 - report.champion_p95
    assert Recommendation.objects.count() == 5, "the shadow's lists are nobody's"


def test_a_shadow_that_is_the_same_model_overlaps_wholly(artifact_of, world):
    artifact_activate(artifact=artifact_of())
    standby = standby_start(artifact=artifact_of(), role="shadow", share=1.0)
    served = recommend(storefront=world.storefront, person=world.persons[0], count=6)
    assert mirror(standby.pk, served.id).overlap == 1.0


def test_a_shadow_that_cannot_be_loaded_counts_as_failed(artifact_of, world):
    artifact_activate(artifact=artifact_of())
    shadow = artifact_of("graph")
    standby = standby_start(artifact=shadow, role="shadow", share=1.0)
    (shadow.path / "arrays.npz").write_bytes(b"")
    served = recommend(storefront=world.storefront, person=world.persons[0], count=6)
    mirror(standby.pk, served.id)
    assert shadow_report(standby).failed == 1


def test_a_shadow_that_has_ended_is_not_asked(artifact_of, world):
    artifact_activate(artifact=artifact_of())
    standby = standby_start(artifact=artifact_of("graph"), role="shadow", share=1.0)
    served = recommend(storefront=world.storefront, person=world.persons[0])
    standby_end(standby=standby)
    assert mirror(standby.pk, served.id) is None
    assert not ShadowList.objects.exists()


def test_models_that_were_never_timed_do_not_stop_one_another(artifact_of):
    artifact_activate(artifact=artifact_of(p95=None))
    assert failed(gates_check(artifact_of("graph", p95=None))) == 0


def test_beside_a_champion_that_was_timed_a_figure_is_wanted(artifact_of):
    artifact_activate(artifact=artifact_of(p95=3.0))
    assert failed(gates_check(artifact_of("graph", p95=None))) == 1


def test_old_mirrored_lists_go(artifact_of):
    artifact_activate(artifact=artifact_of())
    standby = standby_start(artifact=artifact_of("graph"), role="shadow", share=1)
    for days in (1, 29, 31, 90):
        at = timezone.now() - timedelta(days=days)
        ShadowList.objects.create(standby=standby, overlap=days / 100, champion_ms=1, created_at=at)
    clean()
    assert sorted(ShadowList.objects.values_list("overlap", flat=True)) == [0.01, 0.29]
