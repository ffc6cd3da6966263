"""A community: posts in groups, those who write them, and what people do."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import ItemView, Placement, Quotes, Vertical

from .reranker import Circle
from .rules import AUTHOR, NoHiddenAuthors, author_of
from .sources import GROUPS, Following, FriendsOfFriends, JoinedGroups
from .wording import history_text, item_text

# A post is an item, its group the category. Who wrote it is a person; the attribute holds their external id.
ITEM_SCHEMA = Schema(
    (
        Field("author_name", "text", {"en": "By", "zh-hans": "作者"}, searchable=True, facet=True),
        Field(AUTHOR, "text", {"en": "Handle", "zh-hans": "账号"}, searchable=True),
        Field(
            "form",
            "choice",
            {"en": "Form", "zh-hans": "形式"},
            choices=("note", "photo", "question", "event", "link"),
            choice_labels={
                "note": {"en": "Note", "zh-hans": "随笔"},
                "photo": {"en": "Photo", "zh-hans": "照片"},
                "question": {"en": "Question", "zh-hans": "提问"},
                "event": {"en": "Event", "zh-hans": "活动"},
                "link": {"en": "Link", "zh-hans": "链接"},
            },
            facet=True,
        ),
        Field("place", "text", {"en": "Place", "zh-hans": "地点"}, searchable=True),
    )
)

PERSON_SCHEMA = Schema(
    (
        Field("name", "text", {"en": "Name", "zh-hans": "名字"}),
        Field("about", "text", {"en": "About", "zh-hans": "简介"}),
        Field(GROUPS, "list", {"en": "Groups", "zh-hans": "小组"}),
    )
)

# From the lightest touch to the strongest. Whom somebody follows, mutes or blocks is a relationship.
KINDS = (
    # A post that was opened has been seen; feeds do not repeat themselves.
    Kind("view", {"en": "Opened", "zh-hans": "打开"}, weight=1.0, half_life=14),
    Kind("save", {"en": "Saved", "zh-hans": "收藏"}, weight=2.0, half_life=60, seen=False, saves=True),
    Kind("like", {"en": "Liked", "zh-hans": "点赞"}, weight=3.0, half_life=60),
    # No more than a like: people pass on what angers them, too.
    Kind("share", {"en": "Passed on", "zh-hans": "转发"}, weight=3.0, half_life=60),
    # Praise or anger, the words say which; they are for the language side to read.
    Kind("comment", {"en": "Commented", "zh-hans": "评论"}, polarity="neutral"),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    Kind(
        "dismiss",
        {"en": "Not now", "zh-hans": "暂不感兴趣"},
        weight=1.0,
        half_life=14,
        polarity="negative",
        seen=False,
    ),
    Kind("hide", {"en": "Hidden", "zh-hans": "不再推荐"}, weight=4.0, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "For you", "zh-hans": "为你推荐"}, count=20, fresh=2),
    Placement("item", {"en": "More like this", "zh-hans": "相似内容"}, count=8, fresh=1),
    Placement("search", {"en": "Search", "zh-hans": "搜索"}, count=20, fresh=0),
)


def diversity_key(item: ItemView) -> str:
    """The author: a feed is not one person's."""
    return author_of(item.attributes) or (item.categories[0] if item.categories else item.title)


VERTICAL = Vertical(
    slug="social",
    name={"en": "Community", "zh-hans": "社区"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    goals=("like", "share", "comment"),
    item_text=item_text,
    history_text=history_text,
    quotes=Quotes(("comment",)),
    placements=PLACEMENTS,
    item_noun={"en": "post", "zh-hans": "帖子"},
    # True whether the person opened, saved or passed it on.
    reason={"en": "Because you opened “{title}”", "zh-hans": "因为你看过“{title}”"},
    reasons={
        "like": {"en": "Because you liked “{title}”", "zh-hans": "因为你赞过“{title}”"},
        "save": {"en": "Because you saved “{title}”", "zh-hans": "因为你收藏了“{title}”"},
        "share": {"en": "Because you passed on “{title}”", "zh-hans": "因为你转发了“{title}”"},
    },
    sources=(Following(), JoinedGroups(), FriendsOfFriends()),
    source_reasons={
        "joined_groups": {"en": "New in a group that you joined", "zh-hans": "你加入的小组有新帖"},
        "following": {"en": "By somebody you follow", "zh-hans": "来自你关注的人"},
        "friends_of_friends": {
            "en": "By somebody whom the people you follow also follow",
            "zh-hans": "你关注的人也关注了作者",
        },
    },
    rules=(NoHiddenAuthors(),),
    reranker=Circle(),
    diversity_key=diversity_key,
    author=AUTHOR,
    demo=Path(__file__).parent / "demo",
)
