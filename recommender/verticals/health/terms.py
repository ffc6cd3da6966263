"""The words of a health profile: what a person may say about themselves, and what an item may declare."""

from __future__ import annotations

from catalog.schema import Words

#: Code → the ages that it stands for, both ends included.
AGE_GROUPS: dict[str, tuple[int, int]] = {
    "under_12": (0, 11),
    "12_to_15": (12, 15),
    "16_to_17": (16, 17),
    "18_to_39": (18, 39),
    "40_to_64": (40, 64),
    "65_and_over": (65, 130),
}

AGE_GROUP_LABELS: dict[str, Words] = {
    "under_12": {"en": "Under 12", "zh-hans": "12 岁以下"},
    "12_to_15": {"en": "12 to 15", "zh-hans": "12–15 岁"},
    "16_to_17": {"en": "16 to 17", "zh-hans": "16–17 岁"},
    "18_to_39": {"en": "18 to 39", "zh-hans": "18–39 岁"},
    "40_to_64": {"en": "40 to 64", "zh-hans": "40–64 岁"},
    "65_and_over": {"en": "65 and over", "zh-hans": "65 岁及以上"},
}

CONDITIONS: dict[str, Words] = {
    "pregnancy": {"en": "Pregnancy", "zh-hans": "怀孕"},
    "high_blood_pressure": {"en": "High blood pressure", "zh-hans": "高血压"},
    "heart_disease": {"en": "Heart disease", "zh-hans": "心脏病"},
    "kidney_disease": {"en": "Kidney disease", "zh-hans": "肾脏疾病"},
    "diabetes": {"en": "Diabetes", "zh-hans": "糖尿病"},
    "asthma": {"en": "Asthma", "zh-hans": "哮喘"},
    "epilepsy": {"en": "Epilepsy", "zh-hans": "癫痫"},
    "osteoporosis": {"en": "Osteoporosis", "zh-hans": "骨质疏松"},
    "joint_replacement": {"en": "Joint replacement", "zh-hans": "人工关节"},
    "recent_surgery": {"en": "Surgery in the last months", "zh-hans": "近期手术"},
    "multiple_sclerosis": {"en": "Multiple sclerosis", "zh-hans": "多发性硬化"},
    "neuropathy": {"en": "Loss of feeling in the skin", "zh-hans": "皮肤感觉减退"},
    "sleep_apnoea": {"en": "Sleep apnoea", "zh-hans": "睡眠呼吸暂停"},
    "bipolar_disorder": {"en": "Bipolar disorder", "zh-hans": "双相障碍"},
    "psychosis": {"en": "Psychosis", "zh-hans": "精神病性障碍"},
    "recent_trauma": {"en": "A recent trauma", "zh-hans": "近期的创伤经历"},
}

ALLERGENS: dict[str, Words] = {
    "gluten": {"en": "Gluten", "zh-hans": "麸质"},
    "milk": {"en": "Milk", "zh-hans": "牛奶"},
    "eggs": {"en": "Eggs", "zh-hans": "鸡蛋"},
    "fish": {"en": "Fish", "zh-hans": "鱼"},
    "crustaceans": {"en": "Crustaceans", "zh-hans": "甲壳类"},
    "nuts": {"en": "Nuts", "zh-hans": "坚果"},
    "soya": {"en": "Soya", "zh-hans": "大豆"},
    "celery": {"en": "Celery", "zh-hans": "芹菜"},
    "bee_products": {"en": "Bee products", "zh-hans": "蜂产品"},
    "wool": {"en": "Wool", "zh-hans": "羊毛"},
}

GOALS: dict[str, Words] = {
    "eat_healthier": {"en": "Eat more healthily", "zh-hans": "吃得更健康"},
    "less_salt": {"en": "Eat less salt", "zh-hans": "少吃盐"},
    "move_more": {"en": "Move more", "zh-hans": "多活动"},
    "sleep_better": {"en": "Sleep better", "zh-hans": "睡得更好"},
    "stress_less": {"en": "Feel calmer", "zh-hans": "更平静"},
    "stop_smoking": {"en": "Stop smoking", "zh-hans": "戒烟"},
}

#: For whom food of the red band is left out: they asked for it, or their doctors do.
FOOD_GOALS = frozenset({"eat_healthier", "less_salt"})
FOOD_CONDITIONS = frozenset({"diabetes", "high_blood_pressure", "heart_disease", "kidney_disease"})

#: What somebody does with these says something about their body or mind that is theirs alone. An item of another
#: topic that speaks of an illness, a symptom, a medicine or a pregnancy stands in one of these as well.
SENSITIVE_CATEGORIES = frozenset(
    {
        "Heart & circulation",
        "Mind & mood",
        "Long-term conditions",
        "Alcohol & smoking",
        "Sexual & reproductive health",
        "Symptoms & medicines",
        "情绪与心理",
        "慢性病管理",
        "症状与用药",
    }
)
