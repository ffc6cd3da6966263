"""Files, sent and fetched as a browser does."""

from __future__ import annotations

import csv
import io
import re

from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse


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
