"""Who looks and listens, in the admin."""

from django.urls import reverse

from catalog.models import Item
from recommender.models import ItemVector, LiveMediaEncoder


def test_the_page_says_how_many_items_were_looked_at(admin_client, cinema, django_assert_max_num_queries):
    item = Item.objects.create(storefront=cinema, external_id="a", title="a", image="https://media.example/a.png")
    LiveMediaEncoder.objects.create(
        storefront=cinema, modality="image", fingerprint="f", model="a model of images", dimensions=1
    )
    ItemVector.objects.create(storefront=cinema, item=item, encoder="f", text_hash="", vector=b"1234")
    with django_assert_max_num_queries(12):
        page = admin_client.get(reverse("admin:recommender_livemediaencoder_changelist")).content.decode()
    assert "a model of images" in page
    assert '<td class="field-coverage' in page
