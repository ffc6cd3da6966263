"""Plain words, English and Simplified Chinese: a voice may say them of any item. None praises, counts or promises."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLAIN = _words("""
    g kg mg ml cl l cm mm m km min minute minutes hour hours page pages a about above across after afternoon
    afternoons against all along also although am among an and another any anyone anything are around as at away
    back be because been before being below beside between beyond both bring bringing brings but by can carries
    carry case chance choice choose collection come comes coming could day days designed do does done down during
    each either else end ends enjoy enough even evening evenings ever every everyday everyone feature features
    featuring few find finding first fit fits fitting follow following follows for from full further gather gathered
    get gets give given gives giving go goes going had has have having he her here hers him his home how i idea
    ideas if in include included includes including inside into is it its itself keep keeping keeps kind kinds know
    known last later least leave leaves less let lets life like likes long look looking looks made make makes making
    many match matches may meet meets might mind moment moments more morning mornings most mostly much need needs
    new next night nights no nor not nothing now of off offer offering offers often on once one ones only onto open
    or other others our out over own part parts people pick picks piece pieces place places rather ready right room
    same see seem seems selection set share shared shares she should show shows similar simple since small so some
    someone something soon spend start still stories story style such suit suited suits take takes taste tells than
    that the their them then there these they thing things think this those though through time times to today
    together too toward towards try two under until up upon us use used uses using want was way ways we weekend
    weekends were what when where whether which while who whole whose why will wish with within without work works
    world would year years yet you your yours
""")

#: Words of Chinese, single characters among them, that join others.
PLAIN_HAN = _words("""
    的 了 着 过 是 在 有 和 与 及 或 而 且 也 都 就 还 又 再 更 不 没 没有 这 那 这个 那个 这些 那些 这款 这部 这本
    这件 这首 它 它们 他 她 你 您 我 我们 为 为了 给 让 把 被 用 于 从 到 向 对 对于 关于 以 以及 并 并且 但 但是
    因为 所以 如果 由 里 中 上 下 内 外 间 之 其 其中 一 一个 一种 一款 一部 一本 一件 一些 几 多 少 个 种 款 部 本
    件 适合 可以 能 能够 会 想 要 需要 使用 采用 带来 带有 具有 包含 包括 提供 来自 讲述 描写 故事 介绍 设计 制作
    制成 时 时候 时光 时刻 夜晚 早晨 清晨 下午 晚上 周末 日常 生活 家 家中 人 大家 每 每天 每个 同时 一起 一同 不同
    各种 精选 之选 选择 看看 试试 更多 推荐 同样 相同 相似 共同 都是 试 轻松 简单 属于 的人 者 类 系列 作品 主题
    风格 口味 心情 地 得 吧 呢
""")
