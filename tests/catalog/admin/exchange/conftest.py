"""Files of items, sent and fetched as a browser does."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from behaviour.models import Account, Membership


class Desk:
    """The pages of import and export under one list."""

    def __init__(self, client, model: str):
        self.client = client
        self.pages = {name: reverse(f"admin:{model}_{name}") for name in ("import", "process_import", "export")}

    def fetch(self, storefront, kind: str = "csv", **query) -> bytes:
        address = f"{self.pages['export']}?{'&'.join(f'{name}={value}' for name, value in query.items())}"
        response = self.client.post(address, {"storefront": storefront.slug, "kind": kind})
        assert response.status_code == 200
        return b"".join(response.streaming_content)

    def rows(self, storefront, **query) -> list[dict[str, str]]:
        return list(csv.DictReader(io.StringIO(self.fetch(storefront, **query).decode("utf-8-sig"), newline="")))

    def look(self, storefront, content: bytes | str, reason: str = ""):
        content = content.encode() if isinstance(content, str) else content
        file = SimpleUploadedFile("file.csv", content)
        return self.client.post(self.pages["import"], {"storefront": storefront.pk, "file": file, "reason": reason})

    def agree(self, page):
        token = re.search(r'name="agreement" value="([^"]+)"', page.content.decode())
        return self.client.post(self.pages["process_import"], {"agreement": token[1] if token else ""})

    def send(self, storefront, content: bytes | str, reason: str = ""):
        page = self.look(storefront, content, reason)
        assert not page.context["outcome"]["refused"], page.context["outcome"]["refused"]
        return self.agree(page)


@pytest.fixture
def desk(admin_client) -> Desk:
    return Desk(admin_client, "catalog_item")


@pytest.fixture
def desk_of(client, shop) -> Callable[[str], Desk]:
    """The desk of somebody who has this role on the shop."""

    def made(role: str, model: str = "catalog_item") -> Desk:
        account = Account.objects.create_user(role, password="test", is_staff=True)
        Membership.objects.create(account=account, storefront=shop, role=role)
        client.force_login(account)
        return Desk(client, model)

    return made
