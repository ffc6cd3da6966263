/* A shelf of recommendations for any site:
 *
 *   <script src="https://KINDRED/widgets/shelf.js" data-storefront="shop" data-key="kb_…" data-placement="home" async></script>
 *
 * It stands where the script stands, or in the element that data-target selects. Nothing is kept on the visitor's
 * device unless data-remember says so: ask for consent first. Every setting is in docs/api.md.
 */
(() => {
  "use strict";
  const script = document.currentScript;
  const set = script.dataset;
  const origin = new URL(script.src).origin;
  const api = `${origin}/api/v1/storefronts/${encodeURIComponent(set.storefront)}/`;
  const chinese = (set.language || document.documentElement.lang || "en").toLowerCase().startsWith("zh");
  const language = chinese ? "zh-hans" : "en";
  const MEMORY = `kindred.${set.storefront}`;
  const SEEN_SHARE = 0.5; // of a card, before it counts as seen
  const FLUSH_AFTER = 1000; // milliseconds

  const ask = (path, body) =>
    fetch(api + path, {
      method: body ? "POST" : "GET",
      body: body && JSON.stringify(body),
      headers: { Authorization: `Bearer ${set.key}`, ...(body && { "Content-Type": "application/json" }) },
      credentials: "omit",
      keepalive: Boolean(body), // what is told on the way out still arrives
    }).then((answer) => (answer.ok ? answer.json() : Promise.reject(answer.status)));

  /* A token knows its person. Otherwise the visitor has an id only where the site may keep one. */
  const visitor = () => {
    if (set.key.startsWith("kt_") || !("remember" in set)) return "";
    try {
      let id = localStorage.getItem(MEMORY);
      if (!id) {
        const bytes = crypto.getRandomValues(new Uint8Array(18));
        id = "anon-" + btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
        localStorage.setItem(MEMORY, id);
      }
      return id;
    } catch {
      return ""; // the browser keeps nothing for this site
    }
  };

  const address = (id) => {
    const link = set.link || `${origin}/s/${encodeURIComponent(set.storefront)}/item/{id}/`;
    const url = new URL(link.replaceAll("{id}", () => encodeURIComponent(id)), document.baseURI);
    return /^https?:$/.test(url.protocol) ? url.href : "#";
  };

  const money = (amount, currency) => {
    const format = new Intl.NumberFormat(chinese ? "zh-CN" : "en", { style: "currency", currency });
    return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
  };

  const day = (text) => new Date(text).toLocaleDateString(chinese ? "zh-CN" : "en-GB", { dateStyle: "long", timeZone: "UTC" });

  const make = (name, className, text) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    if (text) made.textContent = text; // never markup: titles come from anywhere
    return made;
  };

  const card = (item, open) => {
    const link = make("a");
    link.href = address(item.id);
    const cover = make("span", "cover", [...item.title][0]);
    cover.setAttribute("aria-hidden", "true");
    cover.style.setProperty("--hue", [...item.id].reduce((sum, letter) => sum * 31 + letter.codePointAt(0), 7) % 360);
    if (/^https?:/.test(item.image)) {
      const image = make("img");
      image.alt = "";
      image.loading = "lazy";
      image.addEventListener("error", () => image.remove());
      image.src = item.image;
      cover.append(image);
    }
    link.append(cover, make("span", "title", item.title));
    if (item.price !== null && item.currency) link.append(make("span", "meta", money(item.price, item.currency)));
    const { reviewed } = item.attributes;
    if (/^\d{4}(-\d\d){2}$/.test(reviewed)) link.append(make("span", "meta", (chinese ? "审核日期：" : "Reviewed ") + day(reviewed)));
    if (item.reason) link.append(make("span", "meta", item.reason));
    link.addEventListener("click", open);
    link.addEventListener("auxclick", (event) => event.button === 1 && open());
    const place = make("li");
    place.append(link);
    return place;
  };

  const style = new CSSStyleSheet(); // a site's policy may forbid inline styles; these are none
  style.replaceSync(`
    :host { display: block; container-type: inline-size; font: inherit; color: inherit; }
    h2 { font-size: 1.25em; line-height: 1.3; margin: 0 0 .6em; }
    ul { display: flex; gap: 16px; margin: 0; padding: 4px; overflow-x: auto; list-style: none; scroll-snap-type: x proximity; }
    li { flex: 0 0 clamp(140px, 44cqi, 200px); scroll-snap-align: start; }
    a { display: grid; gap: 4px; color: inherit; text-decoration: none; border-radius: 10px; }
    a:hover .title { text-decoration: underline; }
    a:focus-visible { outline: 3px solid; outline-offset: 2px; }
    .cover { display: grid; place-items: center; position: relative; aspect-ratio: 4 / 3; border-radius: 10px; overflow: hidden;
      font-size: 2em; color: #fff; background: oklch(42% .09 var(--hue)); }
    img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: cover; }
    .title { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2; overflow: hidden; font-weight: 600; }
    p { margin: 0 0 .8em; max-width: 66ch; }
    .meta { font-size: .875em; opacity: .8; }
  `);

  const show = (list, person) => {
    const waiting = new Set();
    let timer;
    const flush = () => {
      clearTimeout(timer);
      timer = undefined;
      const impressions = [...waiting].map((position) => ({ position }));
      waiting.clear();
      if (impressions.length) ask(`recommendations/${list.id}/impressions`, { impressions }).catch(() => {});
    };
    const open = (item) => () => {
      flush();
      ask(`recommendations/${list.id}/clicks`, { position: item.position }).catch(() => {});
      if (!set.event || !(person || set.key.startsWith("kt_"))) return;
      const event = { event_id: crypto.randomUUID(), kind: set.event, item: item.id, recommendation_id: list.id };
      ask("behaviours", { ...event, ...(person && { person }), occurred_at: new Date().toISOString() }).catch(() => {});
    };
    const sight = new IntersectionObserver(
      (entries) => {
        for (const entry of entries.filter((one) => one.isIntersecting)) {
          sight.unobserve(entry.target);
          waiting.add(Number(entry.target.dataset.position));
          timer ??= setTimeout(flush, FLUSH_AFTER);
        }
      },
      { threshold: SEEN_SHARE },
    );
    addEventListener("pagehide", flush);

    const host = make("div", "kindred-shelf");
    const root = host.attachShadow({ mode: "open" });
    root.adoptedStyleSheets = [style];
    const section = make("section");
    section.lang = language;
    section.setAttribute("aria-labelledby", "heading");
    const heading = make("h2", "", set.title || (chinese ? "推荐" : "Recommended"));
    heading.id = "heading";
    const cards = make("ul");
    cards.setAttribute("role", "list"); // Safari forgets it for lists without bullets
    for (const item of list.data) {
      const place = card(item, open(item));
      place.dataset.position = item.position;
      cards.append(place);
      sight.observe(place);
    }
    section.append(heading);
    const said = list.notice && [list.notice.text, ...list.notice.points.slice(0, 2)].join(" ");
    if (said) section.append(make("p", "meta", said));
    section.append(cards);
    root.append(section);
    const target = set.target && document.querySelector(set.target);
    if (target) target.append(host);
    else script.after(host);
  };

  const person = visitor();
  const query = new URLSearchParams({ count: set.count || "8", language });
  if (person) query.set("person", person);
  if (!set.item) {
    query.set("placement", set.placement || "home");
    query.set("explain", "true");
    for (const id of (set.items || "").split(" ").filter(Boolean)) query.append("items", id);
  }
  ask((set.item ? `items/${encodeURIComponent(set.item)}/similar?` : "recommendations?") + query)
    .then((list) => list.data.length && show(list, person))
    .catch((why) => console.info("Kindred has no shelf to show:", why)); // the page goes on without it
})();
