"""What a browser itself says of a page: when its largest part was painted, and how far things moved by themselves."""

from __future__ import annotations

from dataclasses import dataclass

MOST_SHIFT = 0.02  # cumulative layout shift; the sum is never less than the largest window of it
_OBSERVE = """
window.vitals = { lcp: 0, cls: 0, moved: [] };
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) vitals.lcp = entry.startTime;
}).observe({ type: "largest-contentful-paint", buffered: true });
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (entry.hadRecentInput) continue;
    vitals.cls += entry.value;
    const name = (node) => node && (node.className || node.nodeName || "");
    const parts = entry.sources.map(({ node }) => name(node?.parentNode) + " > " + name(node));
    vitals.moved.push(entry.value.toFixed(4) + " " + parts.join(", "));
  }
}).observe({ type: "layout-shift", buffered: true });
"""


@dataclass(frozen=True)
class Vitals:
    """`lcp` in milliseconds; `moved` names what shifted, for whoever has to mend it."""

    lcp: float
    cls: float
    moved: list[str]


def observe(page) -> None:
    """Every page that `page` opens from now on is observed."""
    page.add_init_script(_OBSERVE)


def vitals_of(page) -> Vitals:
    """Of the page as it stands, after the frame in which the observers hear of it."""
    page.evaluate("new Promise((seen) => requestAnimationFrame(() => setTimeout(seen, 0)))")
    return Vitals(**page.evaluate("window.vitals"))


def scroll_through(page, height: int) -> None:
    """To the end of the page, a window at a time, so that what comes on reveal comes."""
    for _ in range(12):
        page.mouse.wheel(0, height)
        page.wait_for_timeout(400)
        if page.evaluate("scrollY + innerHeight >= document.documentElement.scrollHeight - 2"):
            return
