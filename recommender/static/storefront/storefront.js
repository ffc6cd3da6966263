// Everything works without this file; with it, notices can be closed, focus is not lost when a part is swapped, lists
// follow what was done without a reload, and what came into sight is told.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) document.getElementById("toast").replaceChildren();
});
document.addEventListener("htmx:afterSettle", () => {
  const next = document.querySelector("[data-focus]");
  next?.focus({ preventScroll: true });
  next?.removeAttribute("data-focus");
  watch();
});
// A request that failed says so instead of doing nothing.
for (const failure of ["htmx:sendError", "htmx:responseError"]) {
  document.addEventListener(failure, () => {
    const message = document.getElementById("failed").content.cloneNode(true);
    document.getElementById("toast").replaceChildren(message);
  });
}

// Seen is what is half in sight for a second. It is told in batches, and when the page goes away.
const SECOND = 1000;
const watched = new WeakSet();
const timers = new Map();
const known = new Set();
const waiting = [];
let sending;
const sight = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    clearTimeout(timers.get(target));
    if (isIntersecting) timers.set(target, setTimeout(seen, SECOND, target));
  }
}, { threshold: 0.5 });

function watch() {
  if (!document.body.dataset.seen) return;
  for (const place of document.querySelectorAll(".card, .stage")) {
    if (watched.has(place)) continue;
    watched.add(place);
    sight.observe(place);
  }
}

function seen(place) {
  sight.unobserve(place);
  const link = place.querySelector('a[href*="?r="]');
  if (!link || !place.isConnected) return;
  const named = new URL(link.href).searchParams;
  const entry = `${named.get("r")}:${named.get("p")}`;
  if (known.has(entry)) return;
  known.add(entry);
  waiting.push(entry);
  sending ??= setTimeout(tell, SECOND);
}

function tell() {
  clearTimeout(sending);
  sending = undefined;
  if (!waiting.length) return;
  const message = new FormData();
  message.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  message.set("seen", waiting.splice(0, 200).join());
  navigator.sendBeacon(document.body.dataset.seen, message);
}

addEventListener("pagehide", tell);
document.addEventListener("visibilitychange", () => document.hidden && tell());
watch();
