// A site that speaks to Gorse by gorsejs: node session.js ADDRESS KEY
const { Gorse } = require("gorsejs");

const [endpoint, secret] = process.argv.slice(2);
const client = new Gorse({ endpoint, secret });
const film = (n) => ({
  ItemId: `f${n}`,
  IsHidden: false,
  Categories: [n < 4 ? "Drama" : "Comedy"],
  Labels: [n < 4 ? "sea" : "city"],
  Timestamp: new Date(Date.UTC(2020, 0, n + 1)),
  Comment: `Film ${n}`,
});
const star = (UserId, ItemId) => ({ FeedbackType: "star", UserId, ItemId, Timestamp: new Date(Date.UTC(2026, 0, 2)) });

async function main() {
  const said = {};
  said.inserted = [
    await client.upsertItem(film(0)),
    await client.upsertItems([1, 2, 3, 4, 5, 6, 7].map(film)),
    await client.insertUser({ UserId: "ada", Labels: ["sf"] }),
    await client.insertUsers([{ UserId: "bob" }, { UserId: "eve" }]),
    await client.insertFeedbacks([
      star("ada", "f0"),
      star("ada", "f1"),
      star("bob", "f0"),
      star("bob", "f1"),
      star("eve", "f6"),
    ]),
  ];
  said.item = await client.getItem("f0");
  said.starred = await client.getUserFeedbackByType("ada", "star");
  said.recommended = await client.getRecommend({ userId: "ada", cursorOptions: { n: 3 } });
  said.session = await client.getSessionRecommend([star("x", "f0")], { cursorOptions: { n: 3 } });
  said.near = await client.getItemNeighbors({ itemId: "f0", cursorOptions: { n: 3 } });
  said.likeMinded = await client.getUserNeighbors({ userId: "ada", cursorOptions: { n: 3 } });
  said.popular = await client.getPopular({ cursorOptions: { n: 3 } });
  said.latest = await client.getLatest({ cursorOptions: { n: 3 } });
  await client.insertItemCategory("f0", "Classic");
  said.categories = (await client.getItem("f0")).Categories;
  await client.deleteFeedback({ type: "star", userId: "eve", itemId: "f6" });
  said.deleted = [await client.deleteItem("f7"), await client.deleteUser("eve"), await client.deleteUser("ada").then((n) => n - 1)];
  said.gone = await client.getUser("ada").then(
    () => 200,
    (error) => error.code,
  );
  console.log(JSON.stringify(said));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
