"""What the demo's operators set up has members and an effect, is set up once, and leaves alone what is there."""

from datetime import UTC, datetime, timedelta

import pytest

from behaviour.models import Behaviour, Membership, PrivacyRequest
from recommender.jobs.segments import segments_count
from recommender.management import demo_operators
from recommender.management.demo_operators import alerts_look_back, operators_set_up
from recommender.models import Alert, AlertRule, AuditEntry, OperatorRule, PlaceHour, Schedule, Segment
from recommender.services.rules import rule_preview

NOW = datetime(2026, 11, 24, 10, 30, tzinfo=UTC)
TODAY = NOW.replace(hour=0, minute=0)
ROWS = (Segment, OperatorRule, Schedule, AlertRule, PrivacyRequest, Membership, Alert, AuditEntry)


@pytest.fixture(autouse=True)
def on_time(world):
    """The newest event has just arrived."""
    Behaviour.objects.update(received_at=NOW)


def rows() -> list[list]:
    return [list(model.objects.order_by("pk").values()) for model in ROWS]


def set_up(storefront) -> None:
    operators_set_up(storefront, NOW)
    alerts_look_back(storefront, NOW)


def dismissed(storefront, back: int, dismissals: int) -> None:
    """Of a thousand impressions on the day that lies so many days back."""
    hour = TODAY - timedelta(days=back, hours=-12)
    PlaceHour.objects.create(
        storefront=storefront, hour=hour, placement="home", position=0, impressions=1000, dismissals=dismissals
    )


def test_setting_up_again_changes_nothing(world):
    set_up(world.storefront)
    before = rows()
    set_up(world.storefront)
    assert all(before[:6]) and rows() == before


def test_letters_about_privacy_are_in_every_state(world):
    set_up(world.storefront)
    found = PrivacyRequest.objects.order_by("pk")
    assert [(one.kind, one.state) for one in found] == [
        ("export", "done"), ("erase", "refused"), ("erase", "open"), ("object", "open"),
    ]  # fmt: skip
    assert found[0].receipts and found[2].due_at - NOW == timedelta(days=5)


def test_nobody_signs_in_as_a_colleague_of_the_demo(world):
    set_up(world.storefront)
    colleagues = [member.account for member in Membership.objects.select_related("account")]
    assert colleagues and not any(account.has_usable_password() or account.is_superuser for account in colleagues)


def test_what_an_operator_wrote_before_stays_alone(world):
    Segment.objects.create(storefront=world.storefront, slug="own", name="Own", condition="events_30d >= 1")
    set_up(world.storefront)
    assert [segment.slug for segment in Segment.objects.all()] == ["own"]
    # A rule about a segment that is not there could not be.
    assert set(OperatorRule.objects.values_list("segment", flat=True)) == {""}


def test_a_storefront_without_operators_gets_nothing(world):
    world.storefront.slug = "elsewhere"
    set_up(world.storefront)
    assert rows() == [[]] * len(ROWS)


def test_segments_have_the_members_that_they_say(world):
    set_up(world.storefront)
    segments_count(storefront_id=world.storefront.pk, now=NOW)
    assert dict(Segment.objects.values_list("slug", "persons")) == {"drama": 20, "comedy": 20, "watches-much": 0}


def test_a_rule_does_something_to_a_list(world):
    horror = world.comedies[-1]  # would come first
    horror.categories = ["Horror"]
    horror.save()
    set_up(world.storefront)
    rule = OperatorRule.objects.get(kind="filter")
    (shown,) = rule_preview(rule=rule, placement="home", persons=[None], count=5)
    assert horror in [entry.item for entry in shown.before.items]
    assert horror not in [entry.item for entry in shown.after.items]


def test_a_boost_holds_today_and_not_for_ever(world):
    set_up(world.storefront)
    boost = OperatorRule.objects.get(kind="boost")
    assert boost.starts_at < NOW < boost.ends_at


def test_an_alert_opened_on_the_day_that_moved_and_closed_on_the_next_that_did_not(world):
    for back, dismissals in ((5, 20), (4, 20), (3, 40), (2, 40), (1, 40), (0, 40)):
        dismissed(world.storefront, back, dismissals)
    set_up(world.storefront)
    alert = Alert.objects.get()
    assert alert.rule.figure == "dismissals"
    assert (alert.opened_at, alert.closed_at) == (TODAY - timedelta(days=2), TODAY - timedelta(days=1))


def test_no_alert_is_without_a_reason(world):
    for back in range(6):
        dismissed(world.storefront, back, 20)
    set_up(world.storefront)
    assert not Alert.objects.exists()


def test_no_schedule_trains_by_itself(world, shop):
    for storefront in (world.storefront, shop):
        operators_set_up(storefront, NOW)
    assert set(Schedule.objects.filter(what="retrain").values_list("active", flat=True)) == {False}


@pytest.mark.parametrize("slug", sorted(demo_operators.SET_UP))
def test_nobody_is_told_outside(slug):
    assert demo_operators.TOLD == {"channel": "email", "target": "operator@example.com"}
    assert not any({"channel", "target"} & set(values) for values in demo_operators.SET_UP[slug].alerts)
