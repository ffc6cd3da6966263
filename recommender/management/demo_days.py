"""A week of the demo: experiments and exploration slots that were started in the past, and people who came since."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from catalog.models import Storefront

from ..jobs.experiments import experiments_measure
from ..jobs.linting import storefront_lint
from ..jobs.measuring import measures_update
from ..jobs.segments import segments_count
from ..models import Artifact, Experiment, Exploration
from ..services import ArmWish, experiment_create, experiment_start, experiment_stop
from .simulating import Played, Simulation

DAYS, PERSONS, SEED = 7, 80, 7
GUARDRAILS = (("dismissals", 0.2), ("fallbacks", 0.2))


def days_play(storefront: Storefront, show: Callable[[str, float], None]) -> Played:
    """Start what is tried on the storefront, unless it was, then play the days that were not played yet."""
    now = timezone.now()
    simulation = Simulation(storefront, persons=PERSONS, seed=SEED)
    days = simulation.days_before(now.astimezone(UTC).date(), DAYS)
    if not Experiment.objects.filter(storefront=storefront).exists():
        start = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC)
        for begin in TRIED.get(storefront.slug, ()):
            begin(storefront, start)
    played = simulation.play(days, now=now, show=show)
    if storefront.slug == DECIDED and played.days:
        _decide(storefront)
    return played


def figures_count(storefront: Storefront) -> None:
    """What the clock does every few minutes, done once, so that the admin has its figures when it is first opened.

    Operators' segments must be there before, else an experiment has no results by segment.
    """
    measures_update(storefront_id=storefront.pk)
    storefront_lint(storefront_id=storefront.pk)
    segments_count(storefront_id=storefront.pk)
    experiments_measure(storefront_id=storefront.pk)


def _ease_of(storefront: Storefront) -> Artifact | None:
    """The model to try beside the live one; without it there is nothing to try."""
    return Artifact.objects.filter(storefront=storefront, algorithm="ease").order_by("pk").last()


def _another_model(storefront: Storefront, start: datetime) -> None:
    other = _ease_of(storefront)
    if other is None:
        return
    _run(
        storefront,
        start,
        name="EASE in place of the blend",
        hypothesis="A single model explains itself better; it may be used if it costs no clicks.",
        arms=[ArmWish("As it is"), ArmWish("EASE", other)],
        guardrails=GUARDRAILS,
        minimum_effect=0.1,
    )


def _bandit(storefront: Storefront, start: datetime) -> None:
    other = _ease_of(storefront)
    if other is None:
        return
    _run(
        storefront,
        start,
        name="Which front page",
        hypothesis="One of three front pages is opened more; none should wait for the verdict.",
        arms=[
            ArmWish("As it is"),
            ArmWish("More varied", options={"alike": 0.2}),
            ArmWish("EASE", other),
        ],
        allocation=Experiment.Allocation.BANDIT,
    )


def _same_twice(storefront: Storefront, start: datetime) -> None:
    _run(
        storefront,
        start,
        name="A/A: is the counting right?",
        hypothesis="Both arms are the same, so nothing should be found.",
        arms=[ArmWish("As it is"), ArmWish("The same again")],
        method=Experiment.Method.FIXED,
    )


def _varied(storefront: Storefront, start: datetime) -> None:
    _run(
        storefront,
        start,
        name="More varied lists",
        hypothesis="With fewer posts of one group, people open more.",
        arms=[ArmWish("As it is"), ArmWish("More varied", options={"alike": 0.25})],
        guardrails=GUARDRAILS,
    )


def _slot(storefront: Storefront, start: datetime) -> None:
    Exploration.objects.create(storefront=storefront, placement="home", share=0.2, position=2, created_at=start)


#: What is tried where. Nothing is tried on those who came to the health portal.
TRIED = {
    "shop": (_another_model, _slot),
    "news": (_bandit,),
    "cinema": (_same_twice, _slot),
    "commons": (_varied,),
}
DECIDED = "commons"


def _run(storefront: Storefront, start: datetime, **wish) -> None:
    experiment_start(experiment=experiment_create(storefront=storefront, placement="home", **wish), at=start)


def _decide(storefront: Storefront) -> None:
    """So that the demo has an experiment that is over; its words say what it is."""
    experiments_measure(storefront_id=storefront.pk)
    for experiment in Experiment.objects.filter(storefront=storefront, status=Experiment.Status.RUNNING):
        experiment_stop(
            experiment=experiment,
            decision="Too few persons for a verdict, and nobody waits for one in a demo. The lists stay as they are.",
            winner=experiment.arms.get(number=0),
            at=timezone.now() - timedelta(minutes=1),
        )
