from tests.catalog.api.clients import api_for
from tests.recommender.services.conftest import village

__all__ = ["village"]


def shown(api) -> set[str]:
    return {row["id"] for row in api.get("recommendations", person="me", count="20").json()["data"]}


def test_who_is_blocked_is_gone_from_the_next_list_and_back_when_the_block_ends(village):
    api = api_for(village.storefront)
    assert "by-cleo" in shown(api)
    tie = {"source": "me", "target": "cleo", "kind": "blocks"}
    api.put("relationships", tie)
    assert shown(api) and "by-cleo" not in shown(api)
    api("DELETE", "relationships", **tie)
    assert "by-cleo" in shown(api)
