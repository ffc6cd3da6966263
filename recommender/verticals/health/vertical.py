"""A health portal: advice, recipes, courses and products, and what people do with them."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import ItemView, Notice, Placement, Vertical

from .reranker import Careful
from .rules import RULES
from .terms import AGE_GROUP_LABELS, AGE_GROUPS, ALLERGENS, CONDITIONS, GOALS, SENSITIVE_CATEGORIES
from .wording import READ_NONE, history_text, item_text

READING_LEVELS = {
    "easy": {"en": "Easy to read", "zh-hans": "通俗"},
    "plain": {"en": "Plain", "zh-hans": "一般"},
    "detailed": {"en": "Detailed", "zh-hans": "详细"},
}

# Topics are categories. Nothing is required: MealRec+, for one, knows only scores.
ITEM_SCHEMA = Schema(
    (
        Field(
            "form",
            "choice",
            {"en": "Form", "zh-hans": "类型"},
            choices=("article", "recipe", "course", "product"),
            choice_labels={
                "article": {"en": "Article", "zh-hans": "文章"},
                "recipe": {"en": "Recipe", "zh-hans": "食谱"},
                "course": {"en": "Course", "zh-hans": "课程"},
                "product": {"en": "Product", "zh-hans": "用品"},
            },
            facet=True,
            telling=False,
        ),
        Field(
            "reading_level",
            "choice",
            {"en": "Reading level", "zh-hans": "阅读难度"},
            choices=tuple(READING_LEVELS),
            choice_labels=READING_LEVELS,
            facet=True,
            telling=False,
        ),
        Field("reviewed", "date", {"en": "Last reviewed", "zh-hans": "审核日期"}),
        Field("reviewer", "text", {"en": "Reviewed by", "zh-hans": "审核人"}),
        Field("minutes", "integer", {"en": "Minutes to read", "zh-hans": "阅读时长（分钟）"}, minimum=1),
        # Codes as in terms.py; a portal may use codes of its own, as long as both sides use the same.
        Field("contraindications", "list", {"en": "Not suitable with", "zh-hans": "不适用情况"}, options=CONDITIONS),
        Field("allergens", "list", {"en": "Contains", "zh-hans": "含有"}, options=ALLERGENS),
        Field("minimum_age", "integer", {"en": "From age", "zh-hans": "最低年龄"}, minimum=0, maximum=130),
        Field("maximum_age", "integer", {"en": "Up to age", "zh-hans": "最高年龄"}, minimum=0, maximum=130),
        # Too risky for somebody of whom nothing is known.
        Field(
            "profile_required",
            "boolean",
            {"en": "Recommended only to those with a profile", "zh-hans": "仅推荐给已填写档案的人"},
        ),
        Field(
            "fsa_score",
            "number",
            {
                "en": "Score by the Food Standards Agency, FSA (4 is best)",
                "zh-hans": "英国食品标准局（FSA）评分（4 最佳）",
            },
            minimum=4,
            maximum=12,
        ),
        Field(
            "who_score",
            "number",
            {
                "en": "Score by the World Health Organization, WHO (7 is best)",
                "zh-hans": "世界卫生组织（WHO）评分（7 最佳）",
            },
            minimum=0,
            maximum=7,
        ),
    )
)

PERSON_SCHEMA = Schema(
    (
        Field(
            "age_group",
            "choice",
            {"en": "Age group", "zh-hans": "年龄段"},
            choices=tuple(AGE_GROUPS),
            choice_labels=AGE_GROUP_LABELS,
            sensitive=True,
        ),
        # An empty list is an answer: none. Without the attribute there is no answer.
        Field("conditions", "list", {"en": "Conditions", "zh-hans": "健康状况"}, options=CONDITIONS, sensitive=True),
        Field("allergies", "list", {"en": "Allergies", "zh-hans": "过敏"}, options=ALLERGENS, sensitive=True),
        Field("goals", "list", {"en": "Goals", "zh-hans": "目标"}, options=GOALS, sensitive=True),
        Field(
            "reading_level",
            "choice",
            {"en": "Reading level", "zh-hans": "阅读难度"},
            choices=tuple(READING_LEVELS),
            choice_labels=READING_LEVELS,
        ),
    )
)

# From the lightest touch to the strongest.
KINDS = (
    Kind("view", {"en": "Opened the page", "zh-hans": "打开页面"}, weight=1.0, half_life=30, seen=False),
    Kind("save", {"en": "Saved", "zh-hans": "收藏"}, weight=2.0, half_life=90, seen=False, saves=True),
    # The value is the share that was read. Who leaves within a few lines has looked and said no.
    Kind(
        "read",
        {"en": "Read", "zh-hans": "阅读"},
        weight=2.5,
        half_life=90,
        neutral_value=READ_NONE,
        minimum=0.0,
        maximum=1.0,
    ),
    Kind("like", {"en": "Found it helpful", "zh-hans": "有帮助"}, weight=3.0, half_life=180, seen=False),
    # A recipe that was cooked, a course that was taken, a product that was bought elsewhere.
    Kind("use", {"en": "Tried it", "zh-hans": "试过"}, weight=3.5, half_life=180, seen=False),
    Kind("review", {"en": "Wrote about it", "zh-hans": "写下感受"}, polarity="neutral"),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    # What it says is for the language side to read, where the person agreed to that.
    Kind("question", {"en": "Asked", "zh-hans": "提问"}, polarity="neutral", seen=False, needs_item=False),
    Kind(
        "dismiss",
        {"en": "Passed over", "zh-hans": "略过"},
        weight=1.0,
        half_life=30,
        polarity="negative",
        seen=False,
    ),
    Kind("hide", {"en": "Hidden", "zh-hans": "不感兴趣"}, weight=4.0, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "For you", "zh-hans": "为你推荐"}, count=12, fresh=1),
    Placement("item", {"en": "Related", "zh-hans": "相关内容"}, count=8, fresh=1),
    Placement("search", {"en": "Search", "zh-hans": "搜索"}, count=20, fresh=0),
)

CARE_CARD = Notice(
    title={"en": "If you are worried, ask a person", "zh-hans": "如果担心，请找专业人员"},
    text={
        "en": "These pages give general information. They do not know you, and they do not replace a doctor, "
        "a nurse or a pharmacist.",
        "zh-hans": "这里提供的是一般性信息，并不了解你的具体情况，不能代替医生、护士或药师的意见。",
    },
    points=(  # the most urgent first: where there is little room, the last ones fold
        {
            "en": "In an emergency, call your local emergency number now.",
            "zh-hans": "遇到紧急情况，请立即拨打当地急救电话。",
        },
        {
            "en": "If you think of harming yourself, tell somebody today: a friend, your doctor or a crisis line.",
            "zh-hans": "如果有伤害自己的念头，今天就告诉身边的人、医生或心理援助热线。",
        },
        {
            "en": "Do not stop or change a medicine because of something you read here.",
            "zh-hans": "不要因为在这里读到的内容自行停药或换药。",
        },
    ),
    placements=("home", "item", "search"),
)


def diversity_key(item: ItemView) -> str:
    """The topic: a page should not be about one worry only."""
    return item.categories[0] if item.categories else item.title


VERTICAL = Vertical(
    slug="health",
    name={"en": "Health", "zh-hans": "健康"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    goals=("save", "use"),
    item_text=item_text,
    history_text=history_text,
    placements=PLACEMENTS,
    item_noun={"en": "page", "zh-hans": "内容"},
    item_nouns={"en": "pages", "zh-hans": "项内容"},
    # True whether the person read, saved or tried it. Events in sensitive categories are never named.
    reason={"en": "Because you looked at “{title}”", "zh-hans": "因为你看过《{title}》"},
    reasons={
        "read": {"en": "Because you read “{title}”", "zh-hans": "因为你读过《{title}》"},
        "save": {"en": "Because you saved “{title}”", "zh-hans": "因为你收藏了《{title}》"},
        "like": {"en": "Because “{title}” helped you", "zh-hans": "因为《{title}》对你有帮助"},
        "use": {"en": "Because you tried “{title}”", "zh-hans": "因为你试过《{title}》"},
        "more": {"en": "Because you picked “{title}”", "zh-hans": "因为你选择了《{title}》"},
    },
    rules=RULES,
    reranker=Careful(),
    diversity_key=diversity_key,
    consent_required=True,
    popularity=False,
    sensitive_categories=SENSITIVE_CATEGORIES,
    notice=CARE_CARD,
    told_beside=frozenset(
        {
            "contraindications",
            "allergens",
            "profile_required",
            "reviewed",
            "reviewer",
            "reading_level",
            "fsa_score",
            "who_score",
        }
    ),
    demo=Path(__file__).parent / "demo",
)
