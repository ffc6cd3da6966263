// The quickstart of docs/api.md with the generated TypeScript client: node quickstart_typescript.js ADDRESS KEY
import createClient from "openapi-fetch";

import type { paths } from "./schema.js";

const [baseUrl, key] = process.argv.slice(2);
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });
const path = { storefront: "shop" };

function sure<T>(answer: { data?: T; error?: { detail: string } }): T {
  if (answer.data === undefined) throw new Error(answer.error?.detail ?? "no answer");
  return answer.data;
}

const titles = ["Merino base layer", "Wool socks", "Enamel mug"];
for (const [number, title] of titles.entries()) {
  const body = { id: `ts-${number + 1}`, title, categories: ["Clothing"], price: 1500, currency: "EUR" };
  sure(await client.POST("/api/v1/storefronts/{storefront}/items", { params: { path }, body }));
}

const event = (event_id: string, kind: string, item: string, recommendation_id: string | null = null) => ({
  event_id,
  person: "ts-u",
  kind,
  item,
  occurred_at: new Date().toISOString(),
  recommendation_id,
});

const recorded = sure(
  await client.POST("/api/v1/storefronts/{storefront}/behaviours/batch", {
    params: { path },
    body: [event("ts-view-1", "view", "ts-1")],
  }),
);
const served = sure(
  await client.GET("/api/v1/storefronts/{storefront}/recommendations", {
    params: { path, query: { person: "ts-u", count: 2, explain: true } },
  }),
);
const first = served.data[0]!.id;
const why = sure(
  await client.GET("/api/v1/storefronts/{storefront}/explanations", {
    params: { path, query: { person: "ts-u", item: first } },
  }),
);
const clicked = sure(
  await client.POST("/api/v1/storefronts/{storefront}/behaviours", {
    params: { path },
    body: event("ts-click-1", "click", first, served.id),
  }),
);
const missing = await client.GET("/api/v1/storefronts/{storefront}/items/{item}", {
  params: { path: { ...path, item: "no-such-item" } },
});
console.log(
  JSON.stringify({
    recorded: recorded.accepted,
    served: served.data.map((entry) => entry.id),
    explained: why.item,
    clicked: clicked.accepted,
    missing: missing.error?.status,
  }),
);
