"""The inspector's page."""

from __future__ import annotations

import pytest
from django.urls import reverse

from catalog.models import Item
from recommender.models import Artifact, Recommendation
from recommender.services import ArmWish, experiment_create, experiment_start, recommend
from recommender.serving import forget
from tests.recommender.services.conftest import live  # noqa: F401

PAGE = reverse("admin:recommender_recommendation_inspector")


def text_of(response) -> str:
    return response.content.decode()


def test_the_empty_page_asks_for_something(admin_client, cinema):
    response = admin_client.get(PAGE)
    assert response.status_code == 200
    assert not response.context["form"].is_bound


def test_a_person_s_list_is_taken_apart(admin_client, live):  # noqa: F811
    response = admin_client.get(PAGE, {"person": live.persons[0].pk, "placement": "home", "count": 4})
    assert [row["place"] for row in response.context["now"]["rows"]] == [1, 2, 3, 4]
    html = text_of(response)
    assert "EASE" in html
    assert "curl -s" in html
    assert "person=person-0" in html
    assert not Recommendation.objects.exists()


def test_a_pasted_id_shows_what_was_served_beside_what_would_be(admin_client, live):  # noqa: F811
    served = recommend(storefront=live.storefront, person=live.persons[0], count=4)
    response = admin_client.get(PAGE, {"recommendation": served.id})
    assert [entry["now"] for entry in response.context["record"]["entries"]] == [1, 2, 3, 4]


def test_an_id_that_names_no_list_is_said_to(admin_client, live):  # noqa: F811
    response = admin_client.get(PAGE, {"recommendation": "nonsense"})
    assert "No list has the id nonsense." in text_of(response)


def test_an_item_that_is_missing_gets_its_reason(admin_client, live):  # noqa: F811
    seen = Item.objects.get(external_id="film-0")
    response = admin_client.get(PAGE, {"person": live.persons[0].pk, "item": seen.pk})
    assert "The person knows it already." in text_of(response)


def test_a_list_that_an_experiment_chose_says_which_arm_it_is(admin_client, live):  # noqa: F811
    arms = [ArmWish("As it is"), ArmWish("Popular", options={"popular": 1})]
    experiment = experiment_create(storefront=live.storefront, name="Which list?", placement="home", arms=arms)
    experiment_start(experiment=experiment)
    forget()
    now = admin_client.get(PAGE, {"person": live.persons[0].pk, "placement": "home"}).context["now"]
    assert now["arm"].experiment == experiment
    assert (now["arm"].name == "Popular") is (now["model"] == "none")


def test_another_model_s_list_stands_beside_the_live_one(admin_client, live):  # noqa: F811
    artifact = Artifact.objects.get()
    response = admin_client.get(PAGE, {"person": live.persons[0].pk, "artifact": artifact.pk})
    assert response.context["overlap"] == 1


def test_nobody_in_a_storefront_without_items_gets_an_empty_list(admin_client, cinema):
    response = admin_client.get(PAGE, {"storefront": "cinema"})
    assert "The list is empty" in text_of(response)


@pytest.mark.parametrize("asked", [{"person": "abc"}, {"placement": "attic"}, {"count": "1000"}, {"item": "0"}])
def test_nonsense_in_the_address_is_an_error_on_the_page(admin_client, cinema, asked):
    response = admin_client.get(PAGE, {"storefront": "cinema", **asked})
    assert response.status_code == 200
    assert response.context["form"].errors


def test_its_queries_are_few(admin_client, live, django_assert_max_num_queries):  # noqa: F811
    asked = {"person": live.persons[0].pk, "placement": "home"}
    admin_client.get(PAGE, asked)
    with django_assert_max_num_queries(30):
        admin_client.get(PAGE, asked)


def test_it_needs_the_right_to_see_behaviours(client, django_user_model, cinema):
    person = django_user_model.objects.create_user("clerk", password="test", is_staff=True)
    client.force_login(person)
    assert client.get(PAGE).status_code == 403
