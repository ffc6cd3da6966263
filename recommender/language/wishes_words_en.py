"""English words of wishes: comparisons, units, numbers, refusals, and other names of what catalogues hold."""

from __future__ import annotations

#: (operator, quantity or "" for any) → phrases that stand before a number.
COMPARE = {
    ("lte", ""): "under|below|less than|fewer than|at most|no more than|not more than|no longer than|up to|maximum|max"
    "|within|not over|not above|no over|smaller than|lower than",
    ("gte", ""): "over|above|more than|at least|no less than|not less than|not under|minimum|min|starting at"
    "|greater than|higher than",
    ("lte", "price"): "cheaper than|for less than|for under",
    ("gte", "price"): "more expensive than|dearer than",
    ("lte", "duration"): "shorter than|not longer than",
    ("gte", "duration"): "longer than",
    ("lte", "weight"): "lighter than",
    ("gte", "weight"): "heavier than",
    ("lt", "year"): "before|older than|earlier than|prior to",
    ("gt", "year"): "after|newer than|later than|more recent than",
    ("gte", "year"): "since|from at least|no older than|not older than",
    ("lte", "year"): "until|till|no later than",
}
#: The same behind a number: "20 euros or less".
COMPARE_AFTER = {
    "lte": "or less|or under|or shorter|or cheaper|or fewer|at most|max|maximum|tops|or below|or lighter|or earlier"
    "|or older",
    "gte": "or more|or over|or longer|at least|minimum|and up|or above|and over|onwards|and later|or later|or newer",
}
RANGE = "between|from"
RANGE_TO = "to|and|through"
#: Before a number these make it a year.
YEAR_BEFORE = "in|from|of|from the year|in the year|made in|released in"
#: (quantity, how many of its unit) → words behind a number.
UNITS = {
    ("duration", 1.0): "minutes|minute|mins|min",
    ("duration", 60.0): "hours|hour|hrs|hr|h",
    ("calories", 1.0): "calories|calorie|kcal|cal",
    ("weight", 1.0): "grams|gram|g",
    ("weight", 1000.0): "kilograms|kilogram|kilos|kilo|kg",
    ("pages", 1.0): "pages|page",
    ("episodes", 1.0): "episodes|episode",
    ("servings", 1.0): "servings|serving|portions|portion",
}
CURRENCIES = {
    "EUR": "euros|euro|eur",
    "USD": "dollars|dollar|usd|bucks",
    "GBP": "pounds|pound|gbp|quid",
    "CNY": "yuan|rmb|cny",
    "JPY": "yen|jpy",
}
NUMBERS = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2)
}
HUNDRED = "hundred"
HALF = "half|and a half|half an|half a"
DECADES = {
    1920: "twenties",
    1930: "thirties",
    1940: "forties",
    1950: "fifties",
    1960: "sixties",
    1970: "seventies",
    1980: "eighties",
    1990: "nineties",
    2000: "noughties",
}
#: Days back from today.
RECENT = {1: "today|of today", 2: "yesterday", 7: "this week|last week|past week", 31: "this month|last month"}
#: quantity → (a little of it, less of it than now, a lot of it, more of it than now).
RELATIVE = {
    "duration": (
        "short|quick|brief",
        "shorter|quicker|briefer",
        "long|lengthy",
        "longer|lengthier",
    ),
    "price": (
        "cheap|inexpensive|affordable|budget|low cost|low priced|good value",
        "cheaper|less money|lower price",
        "expensive|pricey|pricy|costly|luxury|premium|high end",
        "dearer|pricier",
    ),
    "year": (
        "old|vintage|old fashioned|old school",
        "older|earlier",
        "new|recent|modern|contemporary|latest|newest",
        "newer|later",
    ),
    "weight": ("lightweight", "lighter", "heavy", "heavier"),
    "calories": ("low calorie|low in calories|low cal", "fewer calories", "high calorie", "more calories"),
    "level": ("easy|simple|easy to read|beginner", "easier|simpler", "difficult|advanced|demanding", "harder"),
    "pages": ("thin", "thinner", "thick", "thicker"),
}
MORE = "more|even more|a bit more|a little more|much more|even|much|a bit|a little"
LESS = "less|not so|not as|not that"
DEGREE = "too|very|really|so|that|overly|all that|particularly|super|quite|extremely"
STRONG = "very|really|super|extremely"
NEGATE = (
    "not|no|without|except|except for|but not|but no|nor|nothing|none of|never|avoid|skip|exclude|excluding|minus"
    "|anything but|everything but|do not want|dont want|i dont like|do not like|dont like|not a fan of|hate|i hate"
    "|no more|other than|apart from|free of|rather not|leave out|nothing with|no kind of|dont show|not into|tired of"
)
OR = "or|nor|and or"
AND = "and|with|plus"
BREAK = "but|however|though|although|instead|because|so that|then"
STOP = (
    "a|an|the|this|these|those|that is|its|it|is|are|be|was|were|been|i|im|id|me|my|we|us|our|you|your|he|she|they"
    "|of|in|on|at|to|for|from|by|as|with|about|into|some|something|anything|someone|somebody|one|ones|any|all|of the"
    "|want|wanted|need|looking|look|find|show|give|get|recommend|recommendation|suggest|suggestion|please|would|like"
    "|love|could|can|should|will|just|maybe|perhaps|kind|sort|type|thing|stuff|good|great|nice|best|better|there|here"
    "|have|has|had|do|does|did|what|which|who|where|when|how|and|or|if|than|then|also|more|less|most|very|too|so"
    "|film|films|movie|movies|series|show|shows|product|products|item|items|article|articles|story|stories|post|posts"
    "|watch|see|buy|read|made|only|still|ill|lets|hi|hello|hey|thanks|thank|gift|ideas|idea|that|today|tonight|bit"
    "|little|much|really|quite|few|lot|lots|not only|not just|no matter|of course|again|cannot|cant|at all"
)
#: Behind one of these stands a verb: "I cannot fall asleep" is not about falls.
BEFORE_VERBS = (
    "i|you|we|they|to|can|cannot|cant|could|couldnt|will|wont|would|wouldnt|shall|should|shouldnt|must|might|do|does|did"
    "|dont|doesnt|didnt|lets|never|always"
)
#: Names in which a word of ours means something else.
FIXED = "new york|new zealand|new orleans|new jersey|new year|old town|long island|short story|short stories|long time"
#: The first is hard (another name of the same thing), in both languages; see `wishes_vocabulary`.
NAMES = (
    "horror|horror film|horror movie|恐怖|恐怖片|惊悚恐怖",
    "comedy|comic|comedic|喜剧|喜剧片",
    "romance|romantic|love story|爱情|爱情片|言情",
    "science fiction|sci fi|scifi|sf|科幻|科幻片",
    "thriller|惊悚|惊悚片",
    "drama|dramatic|剧情|剧情片",
    "action|动作|动作片",
    "adventure|冒险|冒险片|探险",
    "animation|animated|cartoon|动画|动画片|动漫",
    "documentary|纪录|纪录片",
    "western|西部|西部片",
    "war|war film|战争|战争片",
    "crime|犯罪|犯罪片",
    "mystery|whodunit|悬疑|悬疑片|推理",
    "fantasy|奇幻|奇幻片|魔幻",
    "musical|歌舞|歌舞片|音乐剧",
    "film noir|noir|黑色电影",
    "children|childrens|kids|kid|child|儿童|少儿|孩子",
    "family|家庭|合家欢",
    "history|historical|历史",
    "politics|political|政治|时政",
    "business|finance|economy|财经|经济|商业",
    "sport|sports|体育|运动",
    "technology|tech|科技",
    "science|科学",
    "health|健康",
    "culture|arts|文化|艺术",
    "world|international|国际",
    "travel|旅行|旅游",
    "food|cooking|美食|烹饪",
    "music|音乐",
    "kitchen|厨房",
    "tea|茶|茶叶",
    "coffee|咖啡",
    "clothing|clothes|服装|衣服",
    "garden|gardening|园艺|花园",
    "toys|toy|玩具",
    "book|书|图书|书籍",
    "outdoor|outdoors|户外",
    "beauty|cosmetics|美妆|化妆品",
    "skin care|skincare|护肤",
    "baby|babies|婴儿",
    "sleep|睡眠",
    "nutrition|营养",
    "exercise|fitness|锻炼|健身",
    "vegetarian|素食",
    "vegan|纯素",
    "red|红|红色",
    "blue|蓝|蓝色",
    "green|绿|绿色",
    "black|黑|黑色",
    "white|白|白色",
    "yellow|黄|黄色",
    "grey|gray|灰|灰色",
    "brown|棕|棕色|褐色",
    "pink|粉|粉色|粉红",
    "purple|紫|紫色",
    "orange|橙色",
    "wood|wooden|木|木头|木制",
    "leather|皮革|皮",
    "steel|stainless steel|不锈钢",
    "cotton|棉|纯棉",
    "wool|woollen|羊毛",
    "linen|亚麻",
)
#: What goes with a label without being its name: soft.
RELATED = {
    "horror": "scary|spooky|creepy|frightening|terrifying|ghost|吓人|可怕|鬼片|惊吓",
    "comedy": "funny|hilarious|humorous|laugh|witty|silly|搞笑|好笑|幽默|轻松",
    "romance": "love|date night|heartwarming|浪漫|约会|恋爱|甜蜜",
    "thriller": "suspense|suspenseful|tense|gripping|nail biting|紧张|刺激|悬念",
    "science fiction": "space|aliens|robots|future|futuristic|time travel|太空|外星人|机器人|未来",
    "war": "soldiers|battle|army|士兵|战场",
    "crime": "gangster|heist|detective|mafia|黑帮|侦探|劫案",
    "animation": "pixar|anime|皮克斯|宫崎骏",
    "western": "cowboy|cowboys|牛仔",
    "musical": "singing|songs|歌曲",
    "documentary": "real life|true story|真实|真实故事",
    "action": "explosions|fights|car chase|fast paced|打斗|追车|爆炸",
    "adventure": "treasure|quest|expedition|寻宝",
    "children": "for my son|for my daughter|for my kids|toddler|小朋友|亲子",
    "outdoor": "hiking|camping|trail|徒步|露营|登山",
    "kitchen": "cook|baking|bake|做饭|烘焙",
    "garden": "plants|plant|植物",
    "sleep": "insomnia|失眠",
    "exercise": "running|workout|跑步",
}
