"""How fast the demo's pages stand in a browser.

    python manage.py demo && python -m tests.benchmarks.pages [--loads 5] [--width 1280] [--storefront shop]

Serves the demo of this folder's `var` with one web process and opens every kind of page of every storefront in
Debian's chromium, each load with an empty cache. Prints one line a page, the slowest first, and one JSON line: when the
largest part was painted (LCP, milliseconds), when the first byte came, how far things moved by themselves (CLS), KiB
over the wire as gzip would send them, and requests; medians of the loads after a first. A busy machine shows in the
load average, which is printed, too: with more than one process a core waiting, the times are the queue's.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from statistics import median
from urllib.parse import quote

ROOT = Path(__file__).resolve().parents[2]
MOST_LCP, MOST_CLS, MOST_REQUESTS, MOST_HTML_KIB = 500.0, 0.02, 5, 35.0
COMMON = ("", "search/", "welcome/", "saved/", "privacy/", "how-it-works/", "sign-in/", "sign-up/", "forgotten/")
OF_ITS_OWN = {"ecommerce": ("cart/",), "social": ("following/", "groups/"), "health": ("profile/", "ask/")}


def main() -> int:
    options = _options()
    pages = _pages(options.storefront)
    if not pages:
        raise SystemExit("There is no storefront to open. Run: manage.py demo")
    with Served() as served:
        rows = sorted(_measured(served.url, pages, options), key=lambda row: -row["lcp_ms"])
    for row in rows:
        over = "  over" if row["over"] else ""
        painted = f"{row['lcp_ms']:7.0f} ms (first byte {row['first_byte_ms']:.0f})  CLS {row['cls']:.4f}"
        sent = f"{row['kib']:6.1f} KiB ({row['html_kib']:.1f} of it HTML) {row['requests']:2.0f} requests"
        print(f"{painted} {sent}  {row['page']}{over}")
    over = [row["page"] for row in rows if row["over"]]
    lcp = [row["lcp_ms"] for row in rows]
    print(
        json.dumps(
            {"pages": len(rows), "loads": options.loads, "width": options.width, "over": over}
            | {"load_average": round(os.getloadavg()[0], 1), "cores": os.cpu_count()}
            | {"lcp_ms": {"median": median(lcp), "most": max(lcp)}, "cls": {"most": max(row["cls"] for row in rows)}}
        )
    )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--loads", type=int, default=5)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--storefront", help="only this one")
    return parser.parse_args()


def _pages(only: str | None) -> list[str]:
    """Paths of every kind of page, with an item and a topic that are there."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.db import connection

    from catalog.models import Item, Storefront

    pages = [] if only else ["/"]
    storefronts = Storefront.objects.filter(active=True).order_by("pk")
    for storefront in storefronts.filter(slug=only) if only else storefronts:
        home = f"/s/{storefront.slug}/"
        pages += [f"{home}{page}" for page in (*COMMON, *OF_ITS_OWN.get(storefront.vertical, ()))]
        item = Item.objects.filter(storefront=storefront).available().order_by("pk").first()
        if item is not None:
            named, word = quote(item.external_id), quote(item.title.split()[0])
            pages += [f"{home}item/{named}/", f"{home}why/{named}/", f"{home}search/?q={word}"]
            pages += [f"{home}c/{quote(category)}/" for category in item.categories[:1]]
    connection.close()
    return pages if pages != ["/"] else []


class Served:
    """One web process as `manage.py serve` starts it, on a free port of the loopback interface."""

    def __enter__(self) -> Served:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "manage.py", "serve", "--no-worker", "--web-workers", "1", "--port", str(port)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while True:
            try:
                urllib.request.urlopen(self.url, timeout=60).close()
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self._process.terminate()
                    raise SystemExit("The server did not start; what it said stands above.") from None
                time.sleep(0.2)

    def __exit__(self, *exception) -> None:
        self._process.terminate()
        self._process.wait(timeout=30)


def _measured(url: str, pages: list[str], options: argparse.Namespace) -> list[dict]:
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("Debian's chromium is needed: apt-get install chromium")
    rows = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        for path in pages:
            loads = [_loaded(browser, url, path, options.width) for _ in range(options.loads + 1)][1:]
            rows.append(_row(path, loads))
            print(f"{rows[-1]['lcp_ms']:.0f} ms {path}", file=sys.stderr)
        browser.close()
    return rows


def _loaded(browser, url: str, path: str, width: int) -> dict[str, float]:
    """One load in a browser that never saw the site."""
    from tests.browser.vitals import observe, vitals_of

    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=url)
    page = context.new_page()
    observe(page)
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(path, wait_until="networkidle")
    found = vitals_of(page)
    # What a list on reveal brings, and what tells of things seen, is no part of the page.
    whole = [one for one in answers if one.url.startswith("http") and not {"shelves", "seen"} & set(one.url.split("/"))]
    sizes = {one.url: len(gzip.compress(one.body())) / 1024 for one in whole}
    first_byte = page.evaluate("performance.getEntriesByType('navigation')[0].responseStart")
    load = {"lcp_ms": found.lcp, "first_byte_ms": first_byte, "cls": found.cls, "requests": len(whole)}
    load |= {"kib": sum(sizes.values()), "html_kib": sizes.get(page.url, 0.0)}
    context.close()
    return load


def _row(path: str, loads: list[dict[str, float]]) -> dict:
    row = {name: round(median(load[name] for load in loads), 4) for name in loads[0]}
    over = row["lcp_ms"] > MOST_LCP or row["cls"] > MOST_CLS
    over |= row["requests"] > MOST_REQUESTS or row["html_kib"] > MOST_HTML_KIB
    return {"page": path, **row, "over": over}


if __name__ == "__main__":
    raise SystemExit(main())
