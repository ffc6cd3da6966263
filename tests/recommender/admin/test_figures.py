"""The pages of figures: attribution, live stream, linter and system health, and the charts of the first page."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from behaviour.models import Account, Behaviour, Membership, Person
from behaviour.services import behaviours_record
from recommender.admin.charts import Chart, label_lines, shortened
from recommender.admin.home import day_chart, source_chart
from recommender.admin.names import begun_small, source_names
from recommender.admin.scope import age_of, csv_of
from recommender.jobs.linting import storefront_lint
from recommender.jobs.measuring import measures_update
from recommender.models import Measured, TrainingRun
from recommender.services.attribution import attribution
from recommender.services.periods import Period, last_days
from tests.recommender.served_world import served_world

HOME = reverse("admin:index")
PAGES = {
    page: reverse(f"admin:recommender_recommendation_{page}") for page in ("attribution", "live", "linter", "health")
}
MOST_QUERIES = {"attribution": 13, "live": 13, "linter": 11, "health": 16}


@pytest.fixture
def busy(shop):
    served_world(shop, now=timezone.now(), seed=7, lists=60, days=3)
    measures_update(storefront_id=shop.pk)
    storefront_lint(storefront_id=shop.pk)
    return shop


def event(number: int, **values) -> dict:
    at = timezone.now().isoformat()
    return {"event_id": f"n{number}", "person": "ann", "item": "i1", "kind": "view", "occurred_at": at, **values}


def html(client, address: str, **query) -> str:
    return client.get(address, query).content.decode()


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_nothing_at_all(admin_client, page):
    assert admin_client.get(PAGES[page]).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_on_a_storefront_without_data_and_says_so(admin_client, cinema, page):
    said = {
        "attribution": "No list was served",
        "live": "No event has arrived",
        "linter": "has not looked yet",
        "health": "No list was served",
    }
    assert said[page] in html(admin_client, PAGES[page])


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_a_busy_storefront_asks_few_questions(admin_client, busy, page, django_assert_max_num_queries):
    admin_client.get(PAGES[page])
    with django_assert_max_num_queries(MOST_QUERIES[page]):
        assert admin_client.get(PAGES[page], {"days": 28}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens_in_chinese(admin_client, busy, page):
    assert admin_client.get(PAGES[page], headers={"Accept-Language": "zh-hans"}).status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_who_may_not_look_sees_no_page(client, busy, page):
    client.force_login(Account.objects.create_user("clerk", is_staff=True))
    assert client.get(PAGES[page]).status_code == 403


@pytest.mark.parametrize("query", [{"storefront": "x\x00"}, {"days": "-1"}, {"by": "person"}, {"placement": "'"}])
def test_nonsense_in_the_address_is_answered_with_the_usual(admin_client, busy, query):
    assert admin_client.get(PAGES["attribution"], query).status_code == 200


@pytest.mark.parametrize("by", ["placement", "algorithm", "deployment", "position", "arm", "source"])
def test_the_table_of_attribution_is_the_file_that_is_downloaded(admin_client, busy, by):
    answer = admin_client.get(PAGES["attribution"], {"csv": "attribution", "by": by})
    assert answer["Content-Type"].startswith("text/csv")
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode())))
    found = attribution(storefront=busy, period=last_days(7), by=by)
    shown = head.index("Impressions")
    assert [row[shown] for row in rows] == [f"{row.impressions:,}" for row in found]


def test_a_chart_that_a_page_does_not_have_is_no_file(admin_client, busy):
    assert admin_client.get(PAGES["attribution"], {"csv": "nothing"}).status_code == 404


def test_the_first_page_draws_three_charts_each_with_its_file(admin_client, busy):
    page = html(admin_client, HOME)
    for slug in ("ctr_by_placement", "exposure_by_source", "ctr_over_time"):
        assert f"csv={slug}" in page
        answer = admin_client.get(reverse("admin:recommender_recommendation_home_file"), {"csv": slug})
        assert len(answer.content.decode().splitlines()) > 1


def test_a_name_that_a_spreadsheet_would_run_is_defused():
    chart = Chart("c", "C", "", "", ["A", "B"], [("=HYPERLINK()", 1.0, ["+1", 5])])
    assert csv_of("c", [chart]).content.decode().splitlines()[1] == "'=HYPERLINK(),'+1,5"


def test_the_live_stream_shows_what_just_arrived_as_json(admin_client, busy):
    behaviours_record(storefront=busy, records=[event(1)])
    page = html(admin_client, PAGES["live"])
    assert "&quot;event_id&quot;: &quot;n1&quot;" in page
    assert "every 2s" in page


def test_a_paused_stream_asks_no_more(admin_client, busy):
    assert "every 2s" not in html(admin_client, PAGES["live"], paused="1")


def test_htmx_gets_the_part_that_changes_alone(admin_client, busy):
    part = admin_client.get(PAGES["live"], headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="live"')


def test_refused_events_are_shown_with_what_is_wrong(admin_client, busy):
    behaviours_record(storefront=busy, records=[event(2, item="no-such-item")])
    page = html(admin_client, PAGES["live"], state="refused")
    assert "There is no item" in page and "no-such-item" in page
    assert "no-such-item" not in html(admin_client, PAGES["live"])


def test_the_stream_is_narrowed_by_kind_and_person(admin_client, busy):
    behaviours_record(storefront=busy, records=[event(3, kind="like"), event(4, person="bob")])
    rows = admin_client.get(PAGES["live"], {"kind": "like"}).context["rows"]
    assert [row["person"] for row in rows] == ["ann"]
    assert {row["person"] for row in admin_client.get(PAGES["live"], {"person": "bob"}).context["rows"]} == {"bob"}


def test_the_stream_of_one_storefront_holds_nothing_of_another(admin_client, busy, cinema):
    person = Person.objects.create(storefront=cinema, external_id="stranger")
    Behaviour.objects.create(
        storefront=cinema, person=person, kind="search", event_id="s", occurred_at=timezone.now(), text="x"
    )
    assert "stranger" not in html(admin_client, PAGES["live"], storefront="shop")
    assert "stranger" in html(admin_client, PAGES["live"], storefront="cinema")


def test_the_linter_says_what_each_kind_counts_for(admin_client, busy):
    page = html(admin_client, PAGES["linter"])
    assert "it counts as a conversion" in page
    assert "never wants to see it again" in page
    assert "Likes it with a value above 3, dislikes it below" in page


def test_figures_that_nobody_keeps_up_to_date_say_so(admin_client, busy):
    Measured.objects.update(until=timezone.now() - timedelta(hours=2))
    page = html(admin_client, PAGES["attribution"])
    assert "Counted 2 hours ago." in page and "manage.py serve" in page


def test_fresh_figures_raise_no_alarm():
    assert age_of(timezone.now()).late == ""


def test_what_an_import_brings_is_history_and_no_lag(admin_client, busy):
    old = (timezone.now() - timedelta(days=40)).isoformat()
    behaviours_record(storefront=busy, records=[event(1, occurred_at=old)])
    behaviours_record(storefront=busy, records=[event(2, item="i2")])
    said = [row["said"] for row in admin_client.get(PAGES["live"]).context["rows"][:2]]
    assert "second" in said[0]
    assert said[1] == f"history, of {old[:10]}"


def test_health_says_how_many_tasks_wait_and_where_in_words(admin_client, db):
    page = html(admin_client, PAGES["health"])
    assert re.search(r"\d+ tasks? waits? for a worker", page)  # other tests leave some
    assert "filesystem://" not in page and "memory://" not in page


def test_names_beside_bars_take_two_lines_and_are_cut_by_their_width_in_the_second():
    assert label_lines("For you") == ["For you"]
    assert label_lines("Before you go to the till") == ["Before you go to the", "till"]
    assert label_lines("EASE in place of the blend: as it is") == ["EASE in place of the", "blend: as it is"]
    assert label_lines("nothing live: popular, or an experiment of any kind")[1] == "or an experiment of a…"
    assert label_lines("机械抽取，用于探索") == ["机械抽取，用于探索"]
    assert label_lines("机械抽取，用于探索新物品的位置") == ["机械抽取，用于探索新", "物品的位置"]
    assert shortened("机械抽取，用于探索新物品的位置") == "机械抽取，用于探索新…"


def test_sources_that_a_vertical_adds_are_called_by_their_reasons(cinema, shop):
    chart = source_chart(shop, [{"source": "complements", "impressions": 4, "clicks": 1}], 7)
    [(name, share, _cells)] = chart.rows
    assert (name, share) == (source_names(shop)["complements"], 1.0)
    assert name != "complements"


def test_health_names_what_is_not_well(admin_client, busy, monkeypatch):
    monkeypatch.setattr("recommender.admin.health.cache", None)
    page = html(admin_client, PAGES["health"])
    assert "not working" in page and "Cache" in page


def test_health_counts_for_an_operator_what_is_of_their_own_storefronts(client, cinema, shop):
    for storefront in (shop, shop, cinema):
        TrainingRun.objects.create(storefront=storefront, task="interest", status="failed", finished_at=timezone.now())
    person = Account.objects.create_user("ada", is_staff=True)
    person.memberships.create(storefront=cinema, role="viewer")
    client.force_login(person)
    page = html(client, PAGES["health"])
    assert "1 failed run in 7 days" in page
    assert page.count('<span class="rx-quiet">Cinema</span>') == 2
    assert page.count('<span class="rx-quiet">whole system</span>') == 5


def test_an_axis_ends_at_a_round_number_that_nothing_passes():
    chart = Chart("c", "C", "", "", [], [("a", 0.034, []), ("b", 0.012, [])], percent=True)
    assert chart.top == pytest.approx(0.05)
    assert [tick["text"] for tick in chart.ticks] == ["0%", "2.50%", "5.00%"]
    assert chart.bars[0]["length"] > chart.bars[1]["length"] > 0


def in_role(client, storefront, role: str):
    person = Account.objects.create_user(role, is_staff=True)
    Membership.objects.create(account=person, storefront=storefront, role=role)
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    ("role", "seen"),
    [
        ("viewer", {"attribution", "health"}),
        ("merchandiser", {"attribution", "health"}),
        ("analyst", {"attribution", "health", "live", "linter"}),
    ],
)
def test_a_role_opens_the_pages_that_it_is_for(client, busy, role, seen):
    client = in_role(client, busy, role)
    assert {page for page in PAGES if client.get(PAGES[page]).status_code == 200} == seen


def test_an_operator_of_one_storefront_meets_no_other(client, busy, cinema):
    client = in_role(client, cinema, "analyst")
    for address in (HOME, *PAGES.values()):
        answer = client.get(address, {"storefront": "shop"})
        assert answer.status_code == 200
        assert "Shop" not in answer.content.decode()
    counted = client.get(
        reverse("admin:recommender_segment_count"), {"storefront": busy.pk, "condition": "known = true"}
    )
    assert "Choose a storefront" in counted.content.decode()


def test_no_two_figures_of_the_live_stream_have_one_name(admin_client, busy):
    titles = re.findall(r'rx-card-title">([^<]+)<', html(admin_client, PAGES["live"]))
    assert len(titles) == len(set(titles)) == 4


def test_how_much_positions_are_looked_at_is_a_column_only_where_one_placement_is_chosen(admin_client, busy):
    page = admin_client.get(PAGES["attribution"], {"by": "position"}).content.decode()
    assert "Looked at, beside the first</th>" not in page
    assert "Choose one placement" in page
    page = admin_client.get(PAGES["attribution"], {"by": "position", "placement": "home"}).content.decode()
    assert "Looked at, beside the first</th>" in page
    assert "Choose one placement" not in page


def test_a_rate_over_time_leaves_out_hours_of_few_lists_and_joins_nothing_across_them():
    start = datetime(2026, 5, 4, tzinfo=UTC)
    seen = {0: 20, 1: 40, 2: 9, 3: 30, 4: 50}
    rows = [
        {"at": start + timedelta(hours=hour), "lists": n, "seen": n, "clicked": n // 10} for hour, n in seen.items()
    ]
    chart = day_chart(rows, Period(start, start + timedelta(days=1)))
    assert len(chart.rows) == 24
    assert [number for _name, number, _cells in chart.rows[:6]] == [0.1, 0.1, None, 0.1, 0.1, None]
    assert len(chart.lines) == 2
    assert "fewer than 10" in chart.note


def test_the_axis_of_days_is_the_period_that_the_title_names():
    end = datetime(2026, 5, 29, 6, tzinfo=UTC)
    chart = day_chart([], Period(end - timedelta(days=28), end))
    assert chart.ends == ("05-01", "05-29")


def test_reasons_of_a_vertical_begin_as_other_names_of_sources_do():
    assert begun_small("Goes with something you chose") == "goes with something you chose"
    assert begun_small("RFM of the person") == "RFM of the person"
