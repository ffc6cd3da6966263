"""What operators block and pin beside an item holds for Gorse's clients, in the API and on the storefront's page."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse

from recommender.services.ties import tie_add


def of_gorse(gorse, client) -> list[str]:
    return [row["Id"] for row in gorse.get("item/film-0/neighbors", n=10)]


def of_the_api(gorse, client) -> list[str]:
    address = f"/api/v1/storefronts/{gorse.storefront.slug}/items/film-0/similar?count=10"
    entries = client.get(address, headers={"Authorization": f"Bearer {gorse.key}"}).json()["data"]
    return [entry["id"] for entry in entries]


def of_the_page(gorse, client) -> list[str]:
    html = client.get(reverse("storefront:item", args=[gorse.storefront.slug, "film-0"])).content.decode()
    return list(dict.fromkeys(re.findall(r"/item/(film-\d+)", html.partition('class="shelf')[2])))


@pytest.mark.parametrize("listed", [of_gorse, of_the_api, of_the_page])
def test_a_block_and_a_pin_hold_wherever_similar_items_are_shown(gorse, world, client, listed):
    blocked = next(one for one in world.items if one.external_id == listed(gorse, client)[0])
    pinned = world.comedies[5]
    film = world.items[0]
    assert film.external_id == "film-0"
    tie_add(storefront=world.storefront, item=film, neighbour=blocked, kind="block")
    tie_add(storefront=world.storefront, item=film, neighbour=pinned, kind="pin")
    found = listed(gorse, client)
    assert found[0] == pinned.external_id
    assert blocked.external_id not in found
