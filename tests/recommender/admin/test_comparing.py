"""Runs side by side, placements, and the audit log."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from recommender.jobs.measuring import measures_update
from recommender.models import AuditEntry, OperatorRule, Recommendation, TrainingRun
from recommender.services import artifact_activate
from recommender.services.audit import audit_before_newest, audit_record, audit_verify

COMPARE = reverse("admin:recommender_trainingrun_compare")
PLACEMENTS = reverse("admin:recommender_deployment_placements")
LOG = reverse("admin:recommender_auditentry_changelist")


def text_of(response) -> str:
    return response.content.decode()


@pytest.fixture
def runs(cinema, artifact_of) -> list[TrainingRun]:
    found = [artifact_of(cinema, name).run for name in ("a", "b", "c", "d", "e")]
    found[1].artifact.manifest["config"] = {"top": 99}
    found[1].artifact.save()
    TrainingRun.objects.filter(pk=found[1].pk).update(seed=7)
    return found


def test_runs_are_compared_whole_or_only_where_they_differ(admin_client, runs):
    asked = ",".join(str(run.pk) for run in runs[:2])
    whole = admin_client.get(COMPARE, {"runs": asked})
    names = [row["name"] for group in whole.context["groups"] for row in group["rows"]]
    assert {"Seed", "Protocol", "top", "ndcg@10"} <= set(names)
    short = admin_client.get(COMPARE, {"runs": asked, "only": "1"})
    assert [row["name"] for group in short.context["groups"] for row in group["rows"]] == ["Seed", "top"]


def test_runs_that_answered_other_questions_are_said_to_be_so(admin_client, runs):
    asked = ",".join(str(run.pk) for run in runs[:2])
    assert "different test questions" not in text_of(admin_client.get(COMPARE, {"runs": asked}))
    runs[1].artifact.manifest["evaluation"] = {**runs[1].artifact.manifest["evaluation"], "split": "another"}
    runs[1].artifact.save()
    assert "different test questions" in text_of(admin_client.get(COMPARE, {"runs": asked}))


def test_a_run_that_did_not_end_differs_by_nothing_that_it_has_no_value_for(admin_client, runs, cinema):
    failed = TrainingRun.objects.create(storefront=cinema, algorithm="ease", status="failed")
    page = admin_client.get(COMPARE, {"runs": f"{runs[0].pk},{failed.pk}", "only": "1"})
    assert "Figures" not in [group["title"] for group in page.context["groups"]]


def test_the_list_leads_two_to_four_runs_to_the_comparison(admin_client, runs):
    page = reverse("admin:recommender_trainingrun_changelist")
    wish = {"action": "compare", "_selected_action": [run.pk for run in runs[:3]]}
    assert COMPARE in admin_client.post(page, wish).url
    wish["_selected_action"] = [run.pk for run in runs]
    assert "Choose two to four runs" in text_of(admin_client.post(page, wish, follow=True))


def curve(*losses: float, **figures: float) -> list[dict]:
    return [{"progress": at / 2, "loss": loss, **figures} for at, loss in enumerate(losses)]


@pytest.fixture
def drawn_runs(runs) -> str:
    for run, points in zip(runs, (curve(3, 2, 1, auc=0.5), curve(3, 2.5, 2, auc=0.5), []), strict=False):
        TrainingRun.objects.filter(pk=run.pk).update(curves=points)
    return ",".join(str(run.pk) for run in runs[:3])


def test_curves_of_runs_share_one_box_and_its_scale(admin_client, drawn_runs):
    response = admin_client.get(COMPARE, {"runs": drawn_runs})
    loss, auc = response.context["curves"]
    assert (loss.name, loss.high, loss.low) == ("Loss", "3", "1")
    assert [line.points for line in loss.lines] == ["0.0,0.0 160.0,60.0 320.0,120.0", "0.0,0.0 160.0,30.0 320.0,60.0"]
    assert loss.lines[0].dash != loss.lines[1].dash
    assert loss.rows[6] == ("60%", ["2", "2.5000", "–"])
    assert auc.differs is True  # the third run has none
    assert "#" in loss.summary
    assert "Loss" in text_of(response)


def test_each_value_says_which_run_it_is_of_where_there_is_no_room_for_columns(admin_client, runs):
    page = text_of(admin_client.get(COMPARE, {"runs": f"{runs[0].pk},{runs[1].pk}"}))
    for run in runs[:2]:
        assert f'<td data-label="#{run.pk} EASE"><div>' in page


def test_curves_that_do_not_differ_are_left_out_of_the_differences(admin_client, drawn_runs):
    two = drawn_runs.rpartition(",")[0]
    short = admin_client.get(COMPARE, {"runs": two, "only": "1"})
    assert [one.name for one in short.context["curves"]] == ["Loss"]


def test_a_curve_is_downloaded_with_every_point(admin_client, drawn_runs, runs):
    response = admin_client.get(COMPARE, {"runs": drawn_runs, "csv": "loss"})
    lines = text_of(response).splitlines()
    assert response["Content-Type"].startswith("text/csv")
    assert lines[0] == "Run,Progress,Loss"
    assert lines[3] == f"#{runs[0].pk} EASE,1.0,1"
    assert len(lines) == 7
    assert admin_client.get(COMPARE, {"runs": drawn_runs, "csv": "nothing"}).status_code == 404


@pytest.mark.parametrize("asked", ["", "1", "abc,9999999999999999999999", "0,0"])
def test_too_few_runs_lead_back_to_the_list(admin_client, cinema, asked):
    assert "Choose two to four runs" in text_of(admin_client.get(COMPARE, {"runs": asked}))


def test_placements_say_what_each_is_made_of(admin_client, cinema, artifact_of):
    artifact_activate(artifact=artifact_of(cinema))
    OperatorRule.objects.create(
        storefront=cinema, name="Only at home", kind="pin", condition="price > 1", placements=["home"]
    )
    for fallback in ("", "", "cold_person", "no_model"):
        Recommendation.objects.create(storefront=cinema, placement="home", fallback=fallback)
    measures_update(storefront_id=cinema.pk)
    response = admin_client.get(PLACEMENTS)
    home = next(panel for panel in response.context["panels"] if panel["slug"] == "home")
    assert (home["lists"], home["fallback"], home["inherited"]) == ("4", "50.0% of 4", True)
    assert [rule.name for rule in home["rules"]] == ["Only at home"]
    item = next(panel for panel in response.context["panels"] if panel["slug"] == "item")
    assert item["rules"] == []
    assert "EASE" in text_of(response)


def test_placements_call_what_the_kind_of_site_asks_for_by_names(admin_client, shop):
    page = text_of(admin_client.get(PLACEMENTS, {"storefront": "shop"}))
    assert "Only what is in stock" in page
    assert "<code>in_stock</code>" not in page


def test_placements_cost_few_queries(admin_client, cinema, django_assert_max_num_queries):
    with django_assert_max_num_queries(16):
        admin_client.get(PLACEMENTS)


def test_placements_without_a_storefront_say_so(admin_client, db):
    assert "There is no storefront yet" in text_of(admin_client.get(PLACEMENTS))


def test_an_entry_that_was_altered_breaks_the_chain(cinema, admin_client):
    for number in range(4):
        audit_record(
            action=f"a{number}", subject=cinema, storefront=cinema, before={"n": number}, after={"n": number + 1}
        )
    assert audit_verify() is None
    second = AuditEntry.objects.order_by("id")[1]
    AuditEntry.objects.filter(pk=second.pk).update(after={"n": 99})
    assert audit_verify() == second
    page = admin_client.get(reverse("admin:recommender_auditentry_verify"), follow=True)
    assert f"The chain breaks at entry {second.pk}" in text_of(page)


def test_the_page_checks_the_newest_entries_and_the_command_all(
    cinema, admin_client, monkeypatch, django_assert_num_queries
):
    monkeypatch.setattr("recommender.admin.audit.AT_ONCE", 3)
    entries = [audit_record(action=f"a{number}", subject=cinema) for number in range(6)]
    with django_assert_num_queries(2):
        assert audit_verify(audit_before_newest(3)) is None
    AuditEntry.objects.filter(pk=entries[1].pk).update(reason="altered")
    page = text_of(admin_client.get(reverse("admin:recommender_auditentry_verify"), follow=True))
    assert "The newest 3 entries are whole" in page and "manage.py audit" in page
    with pytest.raises(CommandError, match=f"breaks at entry {entries[1].pk}"):
        call_command("audit")
    AuditEntry.objects.filter(pk=entries[4].pk).update(reason="altered")
    page = text_of(admin_client.get(reverse("admin:recommender_auditentry_verify"), follow=True))
    assert f"The chain breaks at entry {entries[4].pk}" in page


def test_an_entry_that_was_taken_out_of_the_newest_shows_too(cinema):
    entries = [audit_record(action=f"a{number}", subject=cinema) for number in range(5)]
    AuditEntry.objects.filter(pk=entries[2].pk).delete()
    # The entry gone was the first of the newest three: what follows it does not follow the one before.
    assert audit_verify(entries[1]) == entries[3]


def test_a_whole_log_is_said_to_be_whole_by_the_command(cinema, capsys):
    audit_record(action="a", subject=cinema)
    call_command("audit")
    assert "The chain is whole" in capsys.readouterr().out


def test_an_entry_that_was_taken_out_breaks_the_chain(cinema):
    entries = [audit_record(action=f"a{number}", subject=cinema) for number in range(3)]
    AuditEntry.objects.filter(pk=entries[1].pk).delete()
    assert audit_verify() == entries[2]


def test_entries_are_neither_changed_nor_deleted(cinema):
    entry = audit_record(action="a", subject=cinema)
    with pytest.raises(TypeError):
        entry.save()
    with pytest.raises(TypeError):
        entry.delete()


def test_the_log_shows_before_and_after(admin_client, cinema):
    entry = audit_record(
        action="change", subject=cinema, storefront=cinema, before={"x": 1}, after={"x": 2}, reason="Why"
    )
    assert "Why" in text_of(admin_client.get(LOG))
    html = text_of(admin_client.get(reverse("admin:recommender_auditentry_change", args=[entry.pk])))
    assert '<del class="rx-gone">1</del>' in html
    assert '<ins class="rx-plain">2</ins>' in html
