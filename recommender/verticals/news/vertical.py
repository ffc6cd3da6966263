"""A newsroom: articles, the stories they belong to, and what readers do."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import ItemView, Placement, Vertical

from .reranker import FrontPage
from .sources import OtherViews, StoriesFollowed
from .stories import profile
from .wording import READ_NONE, history_text, item_text

# Nothing is required: MIND, for one, knows only a title, an abstract and a category. Topics are categories.
ITEM_SCHEMA = Schema(
    (
        Field("source", "text", {"en": "Source", "zh-hans": "来源"}, searchable=True, facet=True, telling=False),
        Field("author", "text", {"en": "By", "zh-hans": "作者"}, searchable=True),
        Field("story", "text", {"en": "Story", "zh-hans": "事件"}, searchable=True, facet=True),
        # Where a piece stands on its story's question; reports that take no side have "neutral" or nothing.
        Field(
            "viewpoint",
            "choice",
            {"en": "Viewpoint", "zh-hans": "立场"},
            choices=("for", "against", "neutral"),
            choice_labels={
                "for": {"en": "In favour", "zh-hans": "支持"},
                "against": {"en": "Against", "zh-hans": "反对"},
                "neutral": {"en": "Takes no side", "zh-hans": "中立"},
            },
            telling=False,
        ),
        Field(
            "form",
            "choice",
            {"en": "Form", "zh-hans": "体裁"},
            choices=("report", "analysis", "opinion", "interview", "explainer", "live"),
            choice_labels={
                "report": {"en": "Report", "zh-hans": "报道"},
                "analysis": {"en": "Analysis", "zh-hans": "分析"},
                "opinion": {"en": "Opinion", "zh-hans": "观点"},
                "interview": {"en": "Interview", "zh-hans": "访谈"},
                "explainer": {"en": "Explainer", "zh-hans": "解读"},
                "live": {"en": "Live", "zh-hans": "直播"},
            },
            facet=True,
            telling=False,
        ),
        Field("place", "text", {"en": "Place", "zh-hans": "地点"}, searchable=True, facet=True, telling=False),
        Field("minutes", "integer", {"en": "Minutes to read", "zh-hans": "阅读时长（分钟）"}, minimum=1),
        Field("breaking", "boolean", {"en": "Breaking", "zh-hans": "突发"}),
        # An explainer or a long read keeps its worth when the day is over.
        Field("evergreen", "boolean", {"en": "Keeps well", "zh-hans": "长期有效"}),
        Field("url", "text", {"en": "Address", "zh-hans": "原文链接"}),
    )
)

PERSON_SCHEMA = Schema(
    (
        Field("region", "text", {"en": "Region", "zh-hans": "地区"}),
        Field("reads_in", "list", {"en": "Reads in", "zh-hans": "阅读语言"}),
        Field("age", "integer", {"en": "Age", "zh-hans": "年龄"}, minimum=0, maximum=130, sensitive=True),
    )
)

# From the lightest touch to the strongest. Half-lives are short: last month's news says little of today's reader.
KINDS = (
    # Opening an article is seeing it: no article is recommended twice.
    Kind("view", {"en": "Opened", "zh-hans": "打开"}, weight=1.0, half_life=7),
    Kind("save", {"en": "Saved for later", "zh-hans": "收藏"}, weight=2.0, half_life=21, seen=False, saves=True),
    # The value is the share of the article that was read. Who leaves within a few lines has looked and said no.
    Kind(
        "read",
        {"en": "Read", "zh-hans": "阅读"},
        weight=2.5,
        half_life=21,
        neutral_value=READ_NONE,
        minimum=0.0,
        maximum=1.0,
    ),
    Kind("like", {"en": "Liked", "zh-hans": "喜欢"}, weight=3.0, half_life=30),
    Kind("share", {"en": "Passed on", "zh-hans": "转发"}, weight=3.5, half_life=30),
    Kind("follow", {"en": "Follows the story", "zh-hans": "关注后续"}, weight=4.0, half_life=45, seen=False),
    # Praise or anger, the words say which; they are for the language side to read.
    Kind("comment", {"en": "Commented", "zh-hans": "评论"}, polarity="neutral"),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    Kind(
        "dismiss",
        {"en": "Passed over", "zh-hans": "略过"},
        weight=1.0,
        half_life=7,
        polarity="negative",
        seen=False,
    ),
    Kind("hide", {"en": "Hidden", "zh-hans": "不感兴趣"}, weight=4.0, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "For you", "zh-hans": "为你推荐"}, count=20, fresh=2),
    Placement("item", {"en": "Related", "zh-hans": "相关报道"}, count=8, fresh=1),
    Placement("search", {"en": "Search", "zh-hans": "搜索"}, count=20, fresh=0),
)


def diversity_key(item: ItemView) -> str:
    """The topic: a front page is about more than one. Stories are spread by the reranker."""
    return item.categories[0] if item.categories else item.title


VERTICAL = Vertical(
    slug="news",
    name={"en": "News", "zh-hans": "新闻"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    goals=("read", "share"),
    item_text=item_text,
    history_text=history_text,
    placements=PLACEMENTS,
    item_noun={"en": "article", "zh-hans": "文章"},
    item_nouns={"en": "articles", "zh-hans": "篇文章"},
    # True whether the person read, saved or passed it on.
    reason={"en": "Because you opened “{title}”", "zh-hans": "因为你看过《{title}》"},
    reasons={
        "read": {"en": "Because you read “{title}”", "zh-hans": "因为你读过《{title}》"},
        "save": {"en": "Because you saved “{title}”", "zh-hans": "因为你收藏了《{title}》"},
        "like": {"en": "Because you liked “{title}”", "zh-hans": "因为你喜欢《{title}》"},
        "share": {"en": "Because you passed on “{title}”", "zh-hans": "因为你转发了《{title}》"},
        "follow": {"en": "Because you follow the story of “{title}”", "zh-hans": "因为你关注《{title}》的后续"},
        "more": {"en": "Because you picked “{title}”", "zh-hans": "因为你选择了《{title}》"},
    },
    sources=(StoriesFollowed(), OtherViews()),
    source_reasons={
        "stories_followed": {"en": "New in a story that you follow", "zh-hans": "你关注的事件有新进展"},
        "other_views": {"en": "Another view of a story that you read", "zh-hans": "你读过的事件，换一种观点"},
    },
    source_reasons_named={
        "stories_followed": {
            "en": "New in the story of “{title}”, which you follow",
            "zh-hans": "你关注的事件有新进展：《{title}》",
        },
        "other_views": {
            "en": "Another view of the story of “{title}”",
            "zh-hans": "《{title}》所说的事件，换一种观点",
        },
    },
    reranker=FrontPage(),
    diversity_key=diversity_key,
    profile=profile,
    demo=Path(__file__).parent / "demo",
)
