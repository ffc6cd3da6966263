"""The quickstart of docs/api.md with the generated Python client: `python quickstart_python.py ADDRESS KEY`."""

import json
import sys
from datetime import UTC, datetime

from kindred_client import AuthenticatedClient
from kindred_client.api.behaviours import behaviours_batch, behaviours_record
from kindred_client.api.items import items_get, items_upsert
from kindred_client.api.recommendations import explanations_get, recommendations_get
from kindred_client.models import BehaviourInRequest, ItemInRequest, ProblemOut, Recorded

client = AuthenticatedClient(base_url=sys.argv[1], token=sys.argv[2], raise_on_unexpected_status=True)
SHOP = "shop"

for number, title in enumerate(("Merino base layer", "Wool socks", "Enamel mug"), start=1):
    item = ItemInRequest(id=f"py-{number}", title=title, categories=["Clothing"], price=1500, currency="EUR")
    items_upsert.sync(SHOP, client=client, body=item)


def event(event_id: str, kind: str, item: str, **more) -> BehaviourInRequest:
    return BehaviourInRequest(
        event_id=event_id, person="py-u", kind=kind, item=item, occurred_at=datetime.now(UTC), **more
    )


recorded = behaviours_batch.sync(SHOP, client=client, body=[event("py-view-1", "view", "py-1")])
served = recommendations_get.sync(SHOP, client=client, person="py-u", count=2, explain=True)
why = explanations_get.sync(SHOP, client=client, person="py-u", item=served.data[0].id)
clicked = behaviours_record.sync(
    SHOP, client=client, body=event("py-click-1", "click", served.data[0].id, recommendation_id=served.id)
)
missing = items_get.sync(SHOP, "no-such-item", client=client)
assert isinstance(recorded, Recorded) and isinstance(missing, ProblemOut)
print(
    json.dumps(
        {
            "recorded": recorded.accepted,
            "served": [entry.id for entry in served.data],
            "explained": why.item,
            "clicked": clicked.accepted,
            "missing": missing.status,
        }
    )
)
