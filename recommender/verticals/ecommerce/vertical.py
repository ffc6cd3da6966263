"""A shop: what it sells and what people do there."""

from __future__ import annotations

from pathlib import Path

from behaviour.kinds import Kind
from catalog.schema import Field, Schema
from recommender.contracts import ItemView, Placement, Quotes, Vertical

from .past import profile
from .rules import InStock
from .sources import Complements, Substitutes
from .wording import history_text, item_text

ITEM_SCHEMA = Schema(
    (
        Field("brand", "text", {"en": "Brand", "zh-hans": "品牌"}, searchable=True, facet=True),
        Field("material", "text", {"en": "Material", "zh-hans": "材质"}, searchable=True),
        Field("colour", "text", {"en": "Colour", "zh-hans": "颜色"}, searchable=True, facet=True),
        Field("size", "text", {"en": "Size", "zh-hans": "尺寸"}),
        Field("weight_grams", "integer", {"en": "Weight (g)", "zh-hans": "重量（克）"}, minimum=0),
        Field(
            "age_group",
            "choice",
            {"en": "Age group", "zh-hans": "年龄段"},
            choices=("baby", "toddler", "child", "teen", "adult"),
            choice_labels={
                "baby": {"en": "Babies", "zh-hans": "婴儿"},
                "toddler": {"en": "Toddlers", "zh-hans": "幼儿"},
                "child": {"en": "Children", "zh-hans": "儿童"},
                "teen": {"en": "Teenagers", "zh-hans": "青少年"},
                "adult": {"en": "Adults", "zh-hans": "成人"},
            },
            facet=True,
        ),
        # Left empty where a shop does not count: a download, a service, something made to order.
        Field("stock", "integer", {"en": "In stock", "zh-hans": "库存"}, minimum=0),
    )
)

PERSON_SCHEMA = Schema(
    (
        Field("age", "integer", {"en": "Age", "zh-hans": "年龄"}, minimum=0, maximum=130, sensitive=True),
        Field("gender", "text", {"en": "Gender", "zh-hans": "性别"}, sensitive=True),
        Field("country", "text", {"en": "Country", "zh-hans": "国家／地区"}),
        Field(
            "household",
            "choice",
            {"en": "Household", "zh-hans": "家庭"},
            choices=("single", "couple", "family", "shared"),
            choice_labels={
                "single": {"en": "Living alone", "zh-hans": "独居"},
                "couple": {"en": "Couple", "zh-hans": "情侣或夫妻"},
                "family": {"en": "Family with children", "zh-hans": "有孩子的家庭"},
                "shared": {"en": "Shared flat", "zh-hans": "合租"},
            },
            sensitive=True,
        ),
    )
)

# From the lightest touch to the strongest.
KINDS = (
    Kind("view", {"en": "Looked at the page", "zh-hans": "浏览"}, weight=1.0, half_life=14, seen=False),
    # A click in a list; the view of the page follows and says the rest.
    Kind("click", {"en": "Clicked", "zh-hans": "点击"}, weight=0.5, half_life=14, seen=False),
    Kind(
        "like",
        {"en": "Put on the wish list", "zh-hans": "加入心愿单"},
        weight=2.5,
        half_life=90,
        seen=False,
        saves=True,
    ),
    Kind("cart", {"en": "Put in the cart", "zh-hans": "加入购物车"}, weight=3.0, half_life=30, seen=False),
    # The value is the quantity; without one it is a single piece.
    Kind("purchase", {"en": "Bought", "zh-hans": "购买"}, weight=5.0, half_life=180, minimum=0),
    # Stars from 1 to 5. In a shop three stars are lukewarm, so they count neither way.
    Kind(
        "rating",
        {"en": "Rated", "zh-hans": "评分"},
        weight=3.0,
        half_life=365,
        neutral_value=3.0,
        minimum=1.0,
        maximum=5.0,
    ),
    # Its stars come as a rating of their own; what the words say is for the language side to read.
    Kind("review", {"en": "Wrote a review", "zh-hans": "撰写评价"}, polarity="neutral"),
    Kind("search", {"en": "Searched", "zh-hans": "搜索"}, polarity="neutral", seen=False, needs_item=False),
    Kind(
        "remove_from_cart",
        {"en": "Taken out of the cart", "zh-hans": "移出购物车"},
        weight=0.5,
        half_life=14,
        polarity="negative",
        seen=False,
    ),
    Kind(
        "dismiss",
        {"en": "Not now", "zh-hans": "暂不感兴趣"},
        weight=1.0,
        half_life=30,
        polarity="negative",
        seen=False,
    ),
    Kind("return", {"en": "Sent back", "zh-hans": "退货"}, weight=4.0, half_life=365, polarity="negative"),
    Kind("hide", {"en": "Hidden", "zh-hans": "不再推荐"}, weight=4.0, polarity="negative", hides=True),
)

PLACEMENTS = (
    Placement("home", {"en": "For you", "zh-hans": "为你推荐"}, count=20, fresh=1),
    Placement("item", {"en": "Similar, or used with it", "zh-hans": "搭配与相似"}, count=12, fresh=1),
    Placement("cart", {"en": "Before you go to the till", "zh-hans": "搭配选购"}, count=3, fresh=0),
    Placement("search", {"en": "Search", "zh-hans": "搜索"}, count=20, fresh=0),
)


def diversity_key(item: ItemView) -> str:
    """The department: a page should not show only one."""
    return item.categories[0] if item.categories else item.title


VERTICAL = Vertical(
    slug="ecommerce",
    name={"en": "Shop", "zh-hans": "商店"},
    item_schema=ITEM_SCHEMA,
    person_schema=PERSON_SCHEMA,
    kinds=KINDS,
    goals=("purchase",),
    item_text=item_text,
    history_text=history_text,
    quotes=Quotes(("review",)),
    placements=PLACEMENTS,
    item_noun={"en": "product", "zh-hans": "商品"},
    # True whether the person bought, rated, or only looked: nobody buys unseen here.
    reason={"en": "Because you looked at {title}", "zh-hans": "因为你看过“{title}”"},
    reasons={
        "purchase": {"en": "Because you bought {title}", "zh-hans": "因为你买过“{title}”"},
        "cart": {"en": "Because you put {title} in your cart", "zh-hans": "因为你加购了“{title}”"},
        "like": {"en": "Because {title} is on your wish list", "zh-hans": "因为你的心愿单里有“{title}”"},
        "rating": {"en": "Because you rated {title}", "zh-hans": "因为你给“{title}”打过分"},
    },
    sources=(Complements(), Substitutes()),
    source_reasons={
        "complements": {"en": "Goes with something you chose", "zh-hans": "与你选购的商品搭配"},
        "substitutes": {"en": "Instead of something you looked at", "zh-hans": "可替代你看过的商品"},
    },
    rules=(InStock(),),
    diversity_key=diversity_key,
    profile=profile,
    demo=Path(__file__).parent / "demo",
)
