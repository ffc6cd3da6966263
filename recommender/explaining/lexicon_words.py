"""The words that a grounded sentence is made of, beside titles and facets, in English and Simplified Chinese.

A checker that lists what is forbidden misses what nobody thought of, so this lists what is allowed. Words that
claim something are in none of these tables: times, quantities, negations, other people, praise, popularity.
"""

from __future__ import annotations

from behaviour.kinds import MORE
from catalog.schema import Words

from ..contracts import Vertical


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Words that claim nothing by themselves.
GLUE = {
    "en": _words("""
        a an the this that these those it its itself you your yours youve youd youll we our and or so as of
        in on to for with from at up into about is are be was were been have has had having here heres there
        theres why how what which whose where because since given if then thats also too another similarly
        similar alike share shares shared sharing same common belong belongs match matches matched fit fits
        fitting go goes pair pairs alongside next recommend recommended recommending recommendation
        recommendations suggest suggests suggested suggestion suggestions pick picks think try look take
        give considering thanks due based reason reasons comes come came brings brought connects connected
        connection link links linked relates related something title titles just way interest interests
        interested interesting taste tastes appeal appeals well thing things let lets consider
        explains explain points point find turn us they them their mind along lines line suit suits suited
        picked more much lot close beside seem seems see discover explore out check leads led lead tie ties
        tied reminds worth idea ideas vein spirit follows follow onto around when hope feel notice noticed
        liking right
        """),
    "zh": _words("""
        因为 由于 鉴于 考虑到 基于 根据 所以 因此 于是 故 你 您 你的 您的 的 了 也 还 又 同样 同 是 属于 同属
        同为 同是 同样是 同样属于 一样 相同 相同的 同一 同一个 同一位 这 这部 这个 这本 这件 这款 这首 这篇 该
        它 它们 那 那么 与 和 及 以及 跟 而 而且 并 并且 推荐 为你推荐 向你推荐 给你推荐 给你 给 为 为你 为您
        向你 在 里 中 有 有着 来自 之一 类 相似 相近 类似 相关 有关 联系 共同 共同点 共有 理由 原因 就是 正是
        便是 口味 兴趣 感兴趣 对 适合 适合你 合你的口味 符合 契合 出自 由 同样由 试试 看看 来看看 试一试 把 一部
        一个 一件 一本 一首 一篇 一款 我们 于 从 到 让 如果 那就 请 值得 看一看 了解 一下 或 更多 也是 而言 这样
        正因为 出于 想到 同时 且 一致 相通 搭配 之处 这里 这是 继续 想来 既然 觉得 作品 着
        """),
}

#: Before "like" and its kin they make a guess of what would else be a claim.
MODALS = {
    "en": _words("may might could would should will can youll youd perhaps maybe probably likely"),
    "zh": _words(
        "可能 可能会 也许 也许会 或许 或许会 会 能 应该 应该会 想必会 大概会 大概 想必 可以 不妨 不妨看看 不妨试试"
    ),
}

#: "You like X" claims; "you might like X" does not; "like X" compares.
LIKING = {"en": frozenset({"like", "enjoy"}), "zh": frozenset({"喜欢", "中意"})}

#: All of what the sentence names, together.
TOGETHER = {"en": frozenset({"both"}), "zh": frozenset({"都", "两者", "二者"})}

#: What verbs say that a person did, by kind of behaviour; only the kinds that a vertical declares are read.
VERBS = {
    "watch": {"en": "watched seen saw", "zh": "看过 看了 观看过 观看了 观看"},
    "view": {"en": "opened viewed browsed visited looked", "zh": "浏览过 浏览了 打开过 打开了 点开过 浏览"},
    "click": {"en": "clicked", "zh": "点击过 点击了 点击"},
    "like": {"en": "liked enjoyed", "zh": "喜欢 喜欢过 点赞过 点赞了 点赞"},
    "rating": {"en": "liked enjoyed rated", "zh": "喜欢 喜欢过 评过分"},
    "save": {"en": "saved bookmarked", "zh": "收藏过 收藏了 收藏"},
    "bookmark": {"en": "saved bookmarked", "zh": "收藏过 收藏了 收藏"},
    "purchase": {"en": "bought purchased ordered", "zh": "买过 买了 购买过 购买了 购买"},
    "cart": {"en": "carted", "zh": "加购过 加购了 加购"},
    "read": {"en": "read", "zh": "读过 读了 阅读过 阅读了 阅读"},
    "listen": {"en": "heard played", "zh": "听过 听了"},
    "play": {"en": "played", "zh": "玩过 玩了 播放过"},
    "share": {"en": "shared", "zh": "分享过 分享了"},
    "follow": {"en": "followed", "zh": "关注过 关注了"},
    "comment": {"en": "commented", "zh": "评论过 评论了"},
    "ask": {"en": "asked", "zh": "问过 提问过"},
    "answer": {"en": "answered", "zh": "回答过 回答了"},
    "upvote": {"en": "upvoted", "zh": "赞过 点赞过"},
    "join": {"en": "joined", "zh": "加入过 加入了"},
    "order": {"en": "ordered", "zh": "订购过 订购了"},
}

#: Between a verb and what it is about.
BEFORE_OBJECT = {
    "en": _words("the a an both at on to title titles"),
    "zh": _words("这部 这个 这本 这件 这款 那 的"),
}

#: Between "you" and the verb.
BEFORE_VERB = {"en": _words("have had also both youve"), "zh": _words("也 还 都 曾")}

#: Whose deeds a sentence tells. In Chinese the subject may be left out after "because".
SUBJECTS = {"en": frozenset({"you", "youve", "having", "youd"}), "zh": _words("你 您 因为 由于")}

AND = {"en": frozenset({"and", "or"}), "zh": _words("和 与 及 以及 跟 、")}

#: Words that say what a facet is to an item; they hold for the fields named like this.
CUES = {
    "en": {
        "by": "brand directors author authors artist artists maker publisher manufacturer source creator",
        "directed": "directors",
        "starring": "cast",
        "written": "author authors",
        "genre": "category genre genres",
        "genres": "category genre genres",
        "kind": "category genre genres topic topics",
        "sort": "category genre genres topic topics",
        "type": "category genre genres topic topics",
        "category": "category",
        "categories": "category",
        "topic": "category topic topics",
        "topics": "category topic topics",
        "department": "category",
        "series": "series",
        "maker": "brand maker manufacturer",
        "director": "directors",
        "author": "author authors",
        "artist": "artist artists",
    },
    "zh": {
        "执导": "directors",
        "主演": "cast",
        "类型": "category genre genres",
        "题材": "category genre genres",
        "分类": "category",
        "类别": "category",
        "话题": "category topic topics",
        "系列": "series",
        "导演": "directors",
        "作者": "author authors",
        "品牌": "brand",
    },
}

#: After these, a title is a ground of the recommendation, and so must be something that the person did.
GROUNDS = {
    "en": (
        "because of",
        "thanks to",
        "due to",
        "based on",
        "given",
        "considering",
        "interest in",
        "interests in",
        "interested in",
        "taste for",
        "liking for",
    ),
    "zh": ("因为", "由于", "鉴于", "基于", "根据", "考虑到", "对"),
}

#: How many there are, where it may be said at all: the number must be that of the deeds named.
NUMBERS = {
    "en": {
        "one": 1,
        "two": 2,
        "three": 3,
        "four": 4,
        "five": 5,
        "six": 6,
        "seven": 7,
        "eight": 8,
        "nine": 9,
        "ten": 10,
    },
    "zh": {
        f"{digit}{measure}": number
        for digit, number in zip("两三四五六七八九十", range(2, 11), strict=True)
        for measure in "部个件本首篇款"
    },
}

#: For what can be done on every storefront, where the vertical has no words of its own for it.
REASONS: dict[str, Words] = {
    MORE: {"en": "Because you asked for more like “{title}”", "zh-hans": "因为你想看更多类似“{title}”的内容"},
}


def reason_words(vertical: Vertical, kind: str) -> Words | str:
    """What is said of a thing of which `kind` was done, with {title}."""
    return vertical.reasons.get(kind) or REASONS.get(kind) or vertical.reason
