// Everything works without this file; with it, notices can be closed, focus is not lost when a part is swapped, lists
// follow what was done without a reload, and what came into sight is told.
// One page of a storefront fades into the next. A page without its style, such as the admin's, could not take part, and
// would report that as a fault of its own: so the page that is left lets such transitions go.
addEventListener("pageswap", ({ viewTransition, activation }) => {
  const home = document.querySelector(".brand")?.href;
  if (viewTransition && !(home && activation.entry.url.startsWith(home))) viewTransition.skipTransition();
});
for (const moment of ["pageswap", "pagereveal"]) {
  addEventListener(moment, ({ viewTransition }) => {
    for (const part of ["ready", "finished", "updateCallbackDone"]) viewTransition?.[part].catch(() => {});
  });
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-dismiss]")) document.getElementById("toast").replaceChildren();
});
// A card that is exchanged must not let its row snap to another one.
let held;
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  // Reasons that come when their menu is closed again would stand in place of its entries the next time.
  if (detail.target.matches(".why-slot") && !detail.target.closest(":popover-open")) detail.shouldSwap = false;
  const row = detail.target.closest(".row");
  held = row && { row, left: row.scrollLeft };
});
document.addEventListener("htmx:afterSettle", () => {
  if (held) held.row.scrollLeft = held.left;
  const next = document.querySelector("[data-focus]");
  next?.focus({ preventScroll: true });
  next?.removeAttribute("data-focus");
  if (next) uncover(next);
  watch();
});
// What has the focus must not lie under the message that came with it.
function uncover(focused) {
  const message = document.getElementById("toast").getBoundingClientRect();
  const covered = focused.getBoundingClientRect().bottom - message.top;
  if (message.height && covered > 0) scrollBy({ top: covered + 16, behavior: "instant" });
}
// A menu that showed reasons shows its entries when it is opened again.
document.addEventListener("toggle", ({ target, newState }) => {
  if (newState === "closed") target.querySelector(".why-slot")?.replaceChildren();
}, true);
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

// Whatever was done, the lists follow without a reload. What lies above the window, and the list in which it was done,
// stay as they are; the lists below them come anew, and say after what.
let asked = 0;
document.addEventListener("acted", async ({ target, detail }) => {
  document.getElementById("live").textContent = detail.after;
  // The list in which a topic was hidden stays, but for what else it has of the topic.
  for (const mark of detail.topic ? document.querySelectorAll("[data-in]") : []) {
    const place = mark.closest(".card, .stage");
    const within = mark.dataset.in.split("|").includes(detail.topic);
    if (within && !place.contains(target)) place.hidden = detail.gone;
  }
  const feed = document.getElementById("feed");
  if (!feed) return;
  const parts = [...feed.children];
  const own = parts.findIndex((part) => part.contains(target));
  const above = parts.filter((part) => part.getBoundingClientRect().top < 0).length;
  const kept = Math.max(own + 1, above);
  const address = new URL(feed.dataset.feed, location.href);
  const stays = (link) => !feed.contains(link) || parts.slice(0, kept).some((part) => part.contains(link));
  const links = [...document.querySelectorAll('main a[href*="?r="]')].filter(stays);
  for (const list of new Set(links.map((link) => new URL(link.href).searchParams.get("r")))) {
    address.searchParams.append("keep", list);
  }
  const turn = ++asked;
  const answer = await fetch(address, { headers: { "HX-Request": "true" } });
  if (!answer.ok || turn !== asked) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  const arrived = [...fresh.content.children];
  for (const part of [...feed.children].slice(kept)) part.remove();
  feed.append(...arrived);
  for (const part of arrived) htmx.process(part);
  watch();
});
