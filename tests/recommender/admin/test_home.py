"""The first page of the admin."""

from __future__ import annotations

from datetime import timedelta

from django.urls import reverse
from django.utils import timezone

from behaviour.models import Behaviour, Person
from catalog.models import Item, Storefront
from recommender.jobs.measuring import measures_update
from recommender.models import TrainingRun
from recommender.services import artifact_activate

HOME = reverse("admin:index")


def inventory(client) -> dict[str, int]:
    row = client.get(HOME).context["storefronts"][0]
    return {name: row[name] for name in ("items", "persons", "behaviours", "lists")}


def attention(client) -> list[str]:
    return [note["text"] for note in client.get(HOME).context["attention"]]


def test_an_empty_platform_says_what_to_do_first(admin_client, db):
    page = admin_client.get(HOME).content.decode()
    assert "python manage.py demo" in page
    assert "import_dataset" in page


def test_a_storefront_that_is_still_empty_says_so_beside_one_that_is_not(admin_client, cinema):
    Item.objects.create(storefront=cinema, external_id="1", title="A film")
    Storefront.objects.create(slug="new", name="New", vertical="video")
    assert "import_dataset" in admin_client.get(HOME, {"storefront": "new"}).content.decode()
    assert "import_dataset" not in admin_client.get(HOME, {"storefront": cinema.slug}).content.decode()


def test_the_figures_count_what_is_there(admin_client, cinema):
    person = Person.objects.create(storefront=cinema, external_id="ann")
    now = timezone.now()
    for number, days in enumerate((1, 6, 8)):
        when = now - timedelta(days=days)
        fields = {"kind": "view", "event_id": str(number), "occurred_at": when}
        Behaviour.objects.create(storefront=cinema, person=person, received_at=when, **fields)
    assert inventory(admin_client) == {"items": 0, "persons": 1, "behaviours": 2, "lists": 0}
    measures_update(storefront_id=cinema.pk)
    assert inventory(admin_client) == {"items": 0, "persons": 1, "behaviours": 2, "lists": 0}


def test_what_needs_attention_is_named(admin_client, world):
    Storefront.objects.create(slug="lost", name="Lost", vertical="gone")
    Storefront.objects.create(slug="bare", name="Bare", vertical="video")
    TrainingRun.objects.create(
        storefront=world.storefront, algorithm="ease", status="failed", finished_at=timezone.now()
    )
    assert attention(admin_client) == [
        "1 training run failed in the last 7 days.",
        "Bare has no items yet.",
        "Cinema has no live model: everybody gets what is popular.",
        "20 items of Cinema have no vector yet; a worker makes them.",
        "Lost is off: its vertical “gone” is not installed.",
    ]


def test_nothing_needs_attention_where_all_is_well(admin_client, with_vectors, artifact_of):
    artifact_activate(artifact=artifact_of(with_vectors.storefront))
    assert attention(admin_client) == []
    assert "EASE #" in admin_client.get(HOME).content.decode()


def test_more_storefronts_cost_no_more_queries(admin_client, world, django_assert_max_num_queries):
    for number in range(5):
        more = Storefront.objects.create(slug=f"s{number}", name=f"S {number}", vertical="video")
        Item.objects.create(storefront=more, external_id="1", title="One")
    for storefront in Storefront.objects.all():
        measures_update(storefront_id=storefront.pk)
    admin_client.get(HOME)
    with django_assert_max_num_queries(30):
        admin_client.get(HOME)


def test_who_may_see_nothing_sees_no_figures(client, db, django_user_model):
    client.force_login(django_user_model.objects.create_user("guest", is_staff=True))
    response = client.get(HOME)
    assert "cards" not in response.context
    assert client.get(reverse("admin:recommender_recommendation_home_file"), {"csv": "ctr"}).status_code == 404
    assert [group["title"] for group in response.context["sidebar_navigation"]] == ["Overview"]
