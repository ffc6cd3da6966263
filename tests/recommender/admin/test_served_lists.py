"""Served lists, encoders and vectors: to be looked at."""

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from recommender.models import Click, Impression, ItemVector, LiveEncoder, Recommendation


def test_a_served_list_is_shown_as_it_was(admin_client, world):
    rows = [[world.dramas[0].pk, 1.25, "model"], [999_999, 0.5, "fresh"]]
    served = Recommendation.objects.create(storefront=world.storefront, placement="home", items=rows)
    page = admin_client.get(reverse("admin:recommender_recommendation_change", args=[served.pk])).content.decode()
    assert world.dramas[0].title in page
    assert "1.2500" in page
    assert "the live model" in page
    assert "item 999999, which is gone" in page


def test_served_lists_are_narrowed_by_the_place_that_they_stood_in(admin_client, cinema):
    here, _elsewhere = (Recommendation.objects.create(storefront=cinema, placement=p) for p in ("item", "popular"))
    page = admin_client.get(reverse("admin:recommender_recommendation_changelist"), {"placement": "item"})
    assert list(page.context["cl"].result_list) == [here]
    assert "More like this" in page.content.decode()


def test_a_served_list_is_found_by_its_id(admin_client, cinema):
    served = [Recommendation.objects.create(storefront=cinema, placement="home") for _ in range(2)]
    response = admin_client.get(reverse("admin:recommender_recommendation_changelist"), {"q": str(served[0].pk)})
    assert list(response.context["cl"].result_list) == served[:1]


def test_words_that_are_no_id_find_nothing_and_break_nothing(admin_client, cinema):
    Recommendation.objects.create(storefront=cinema, placement="home")
    response = admin_client.get(reverse("admin:recommender_recommendation_changelist"), {"q": "no such thing"})
    assert list(response.context["cl"].result_list) == []


def test_an_encoder_says_how_many_items_have_a_vector(admin_client, with_vectors):
    ItemVector.objects.first().delete()
    page = admin_client.get(reverse("admin:recommender_liveencoder_changelist")).content.decode()
    assert "19 of 20" in page


def test_a_vector_shows_its_dimensions_without_being_read(admin_client, with_vectors):
    page = admin_client.get(reverse("admin:recommender_itemvector_changelist"))
    assert page.context["cl"].result_list[0].get_deferred_fields() >= {"vector"}
    vector = ItemVector.objects.first()
    shown = admin_client.get(reverse("admin:recommender_itemvector_change", args=[vector.pk])).content.decode()
    assert ">4</div>" in shown


def test_what_workers_write_cannot_be_written_by_hand(admin_client, with_vectors):
    encoder, vector = LiveEncoder.objects.first(), ItemVector.objects.first()
    for name, row in (("liveencoder", encoder), ("itemvector", vector)):
        assert admin_client.get(reverse(f"admin:recommender_{name}_add")).status_code == 403
        assert admin_client.post(reverse(f"admin:recommender_{name}_delete", args=[row.pk])).status_code == 403


def test_the_page_of_a_list_says_what_came_of_it_and_what_came_too_late(
    admin_client, world, django_assert_max_num_queries
):
    served = Recommendation.objects.create(
        storefront=world.storefront, placement="home", items=[[world.items[0].pk, 1.0, "model"]]
    )
    about = {"storefront": world.storefront, "recommendation": served, "position": 0}
    Impression.objects.create(**about)
    Click.objects.create(**about, clicked_at=timezone.now() + timedelta(minutes=31))
    address = reverse("admin:recommender_recommendation_change", args=[served.pk])
    page = admin_client.get(address).content.decode()
    assert "came into sight" in page
    assert "too late to count" in page
    with django_assert_max_num_queries(19):
        admin_client.get(address)
