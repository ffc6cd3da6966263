"""Whether an experiment will have the persons that it was planned for, said before its end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from recommender.models import Experiment
from recommender.services import ArmWish, experiment_create, experiment_start

SAID = "it will probably not be found"


@pytest.fixture
def half_way(cinema):
    arms = [ArmWish("As it is"), ArmWish("More varied", options={"alike": 0.3})]
    experiment = experiment_create(storefront=cinema, name="Varied?", placement="home", arms=arms, planned_days=14)
    experiment_start(experiment=experiment, ramp=0.5)
    now = timezone.now()
    rows = Experiment.objects.filter(pk=experiment.pk)
    rows.update(started_at=now - timedelta(days=7), planned_end=now + timedelta(days=7), planned_persons=2000)
    return rows


@pytest.mark.parametrize(("persons", "warned"), [([30, 34], True), ([600, 610], False)])
def test_too_few_persons_for_the_plan_are_warned_of_half_way(admin_client, half_way, persons, warned):
    half_way.update(results={"rows": [], "persons": persons}, measured_at=timezone.now())
    page = admin_client.get(reverse("admin:recommender_experiment_change", args=[half_way.get().pk])).content.decode()
    assert (SAID in page) is warned
    assert ("some 128 persons" in page) is warned


def test_on_its_first_day_nobody_can_tell(admin_client, half_way):
    now = timezone.now()
    half_way.update(started_at=now - timedelta(hours=3), results={"rows": [], "persons": [1, 0]}, measured_at=now)
    page = admin_client.get(reverse("admin:recommender_experiment_change", args=[half_way.get().pk])).content.decode()
    assert SAID not in page
