"""What came of a call: the outcomes of a company as data, and the words people type for them.

The policy file names the outcomes and their words; this file knows the language around them: more ways to say the
standard ones, words that only look like one (不接受 is no 不接), negations (没有意向), and slips of the input method
(为接 for 未接), which are suggested and never applied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from core.rules.numerals import listed


class OutcomeLike(Protocol):
    """An outcome as the policy file or this file has it. `wants` is what to ask next: "intention", "next" or None."""

    @property
    def code(self) -> str: ...
    @property
    def zh(self) -> str: ...
    @property
    def en(self) -> str: ...
    @property
    def words(self) -> tuple[str, ...]: ...
    @property
    def connected(self) -> bool: ...
    @property
    def wants(self) -> str | None: ...
    @property
    def dnc(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: `connected` counts as 接通, `wants` is asked next, `dnc` bars the number for the whole company."""

    code: str
    zh: str
    en: str
    words: tuple[str, ...] = ()
    connected: bool = True
    wants: str | None = None
    dnc: bool = False


OUTCOMES: tuple[Outcome, ...] = (
    Outcome("no_answer", "未接", "No answer", ("未接", "没接", "没人接", "打不通"), connected=False),
    Outcome("busy", "忙线", "Busy", ("忙线", "占线", "正忙", "通话中"), connected=False),
    Outcome("hung_up", "挂断", "Hung up", ("挂断", "挂了", "秒挂")),
    Outcome("invalid", "空号", "Invalid", ("空号", "停机", "错号"), connected=False),
    Outcome("gatekeeper", "前台", "Gatekeeper", ("前台", "非负责人", "不给转")),
    Outcome("refused", "拒绝", "Refused", ("拒绝", "没兴趣", "不需要")),
    Outcome("callback", "约回电", "Call back", ("约回电", "回电", "再联系"), wants="next"),
    Outcome("interested", "有意向", "Interested", ("有意向", "感兴趣"), wants="intention"),
    Outcome("visit", "约访", "Visit", ("约访", "邀约", "上门"), wants="next"),
    Outcome("signed", "成交", "Signed", ("成交", "签了", "签单")),
    Outcome("dnc", "谢绝来电", "Do not call", ("谢绝来电", "谢绝"), dnc=True),
)
"""The outcomes of the sample policy, for whoever has no policy at hand."""

# More ways to say the standard outcomes. `$`: only where a clause ends (不要, but not 不要专票); `=`: only as a whole
# clause (忙). Masks, under "", look like an outcome and are none.
_SPEECH: dict[str, str] = {
    "no_answer": """未接 没接 没有接 没人接 无人接 无人接听 没人接听 无人应答 无应答 没应答 没反应 未接听 没接听 没接电话 不接电话 不接听 不接 没接通
        未接通 没有接通 接不通 打不通 没打通 未打通 无法接通 不通 没通 未通 没人应 关机 不在服务区 无服务 语音信箱 转语音 小秘书 来电提醒 没接起 没接到
        没接上 联系不上 联系不到 没人听 没听电话 不听电话 无人听 no_answer unanswered not_answered""",
    "busy": "忙线 占线 忙音 正忙 通话中 正在通话中 在通话中 正在通话 在通话 线路忙 电话忙 用户忙 打不进 line_busy engaged =忙 =忙着通话",
    "hung_up": """挂断 挂了 挂掉 秒挂 直接挂 被挂 就挂 给挂 挂电话 挂我电话 挂我 挂机 接了就挂 接通就挂 一接就挂 接了挂 一听就挂 接起来就挂 拒接 按掉 按断 掐断 掐了 掐掉 挂$ hung_up hang_up""",
    "invalid": """空号 停机 欠费 暂停服务 号码不存在 不存在 已注销 销号 号码有误 号码错误 号码不对 号码错 错号 号错 打错 打错了 无效号码 号码无效 无效号 不是本人
        换号了 换号码了 查无此人 号码停用 已停用 关停 wrong_number invalid not_in_service""",
    "gatekeeper": """前台 总机 非负责人 不是负责人 不负责 不管事 做不了主 不是老板 员工接 店员接 服务员接 秘书接 助理接 保安接 门卫 家人接 家属接 老婆接 同事接
        别人接 老板不在 负责人不在 经理不在 领导不在 不给转 不肯转 不转接 不帮转 不让转 不愿转 拒绝转 转不进 转不过去 不给电话 不给联系方式
        不给负责人 不给老板 不在$ 不在公司 不在店里 不在办公室 不在单位 gatekeeper front_desk receptionist""",
    "refused": """拒绝 婉拒 拒了 =拒 不需要 不用了 不用$ 不要了 不要$ 没兴趣 没有兴趣 不感兴趣 无兴趣 没意向 没有意向 无意向 无意$ 不考虑 不想做 不想要 不想搞 不想弄 不做了 不做$
        不办了 不办$ 不买 不合作 没需求 没有需求 无需求 无需$ 没需要 没有需要 用不着 用不上 不想谈 不想聊 不想了解 没必要 没有必要 不弄了 不弄$ 不搞了 不搞$ 不做推广
        不做广告 不做网站 不做线上 暂不需要 暂时不要 不感冒 没什么兴趣 没啥兴趣 没多大兴趣 没什么意向 没啥意向 没什么需求 没啥需求 没这个需求 没这方面需求
        没有这个需求 没有这方面需求 没有这方面的需求 没这个需要 不接受推销 不接受电话推销 不接受营销 不想再 refused not_interested no_interest""",
    "callback": """约回电 约回访 约回 回电 回电话 回个电话 回拨 再打 再联系 再电 再聊 再沟通 再约 再讲 再说 再谈 再拨 再回访 再跟进 再call 再呼 晚点打 晚点联系 晚点聊 回头打 回头聊
        改天打 改天聊 改天联系 改日再 稍后打 稍后联系 下次聊 下次再 约时间 约个时间 约电话 打回来 等他电话 等电话 等他回 callback call_back call_later""",
    "interested": """有意向 有意愿 意向强 意向强烈 意向大 意向很大 意向高 意向很高 意向较高 意向不错 意向挺大 感兴趣 有兴趣 有点兴趣 有些兴趣 想了解 愿意了解 有需求 有需要 可以聊 可以谈
        愿意谈 愿意聊 想做 想合作 想试试 想买 interested""",
    "visit": """约访 邀约 邀访 约见 约见面 约面谈 见面 见一面 见个面 碰面 面谈 面聊 面访 当面 上门 登门 拜访 到访 来访 来公司 来我公司 来我们公司 过来公司 来我司 到我司 到我们公司
        去他公司 去她公司 去他店 去她店 去他厂 去他们公司 去他那 去他办公室 到他公司 到他店 到他厂 去店里 来店里 来参观 去参观 来考察 过来看看 来看看 到公司谈 到公司详谈 到公司聊 到公司看 到公司参观 到公司面 到公司见 到店面谈 过去谈 过去聊 过去一趟
        去一趟 约吃饭 约饭 请吃饭 约喝茶 喝茶聊 visit meet meeting""",
    "signed": """成交 成单 签单 签约 签合同 签了 签下 签好 签完 已签 成了$ 谈成 拿下 下单 开单 付款了 已付款 付了款 打款了 已打款 交钱了 交了钱 交了定金 付了定金 已付定金 已交定金 定金交了 定金付了 定金到了 交定金了 钱付了 钱到了
        付全款 转账了 已转账 款到了 已到账 合同签 signed closed deal_closed""",
    "dnc": """谢绝来电 谢绝 不要再打 不要打了 不要打电话 不要打来 不要打给 不要给我打 不要再联系 不要再来电 不要来电 别再打 别打了 别打电话 别打来 别给我打 别再联系 别联系 别来电
        不许再打 不准再打 不让打 不让再打 不再打 不用再打 勿再打 勿打 请勿来电 勿来电 勿再来电 勿再联系 永远不要打 不要再骚扰 请勿打扰 勿扰 不要打扰 别打扰 别骚扰 不要骚扰 别再骚扰 拉黑 黑名单 投诉 举报 退订 免打扰
        再打就报警 报警 再打就告 再打告 dnc do_not_call don't_call stop_calling""",
    "": """不接受 不接待 没接受 没接触 没接待 没接过手 要不要 需不需要 变成了 达成了 完成了 组成了 做成了 生成了 造成了 不成了 没成了 先别打 别打字 意向客户 意向书 意向金
        意向不大 意向不高 意向不强 意向低 意向较低 意向一般 意向不明 兴趣不大 兴趣一般 有需要再 有需要会 有需要找 有需要联系 有需要的话 需要再联系 需要会联系 有需求再 有需求会 不要紧
        不要着急 不要急 不用谢 不用急 不用担心 不用怕 成交率 成交价 成交量 成交额 签约率 签单率 接通率 未接来电 前台转了 前台转给 前台给转 前台帮转 前台已转 前台转接 过了前台 绕过前台 绕前台
        挂号 挂靠 挂名 挂牌 挂着 挂失 挂了号 挂了牌 挂了个 有意思 有意见 意向 无意间 打错字 停机坪 不通过 没通过 不存在问题 不存在这 见面礼 前台费 在吃饭 回电子 再说明 再打开 再打印 再打折 再打样
        再说服 再讲价 再讲讲 再谈价 不要再等 不用再等 不用再说 不再打折 拒绝率 客户投诉 无需求证 不买单 前台电话 当面付 下单子 没接口 不接地气 不接单 不接活 不接外""",
}
LABEL_CODES = frozenset({"no_answer", "busy", "hung_up", "invalid", "interested", "visit"})
"""Outcomes whose words say nothing beyond the outcome: they leave the note even when something is glued to them."""
LABELS = frozenset(listed("约回电 约回访 成交 签单 谢绝来电 谢绝 非负责人"))

INFORMATIVE = frozenset(
    listed("""
    员工接 店员接 服务员接 秘书接 助理接 保安接 家人接 家属接 老婆接 同事接 别人接 老板不在
    负责人不在 经理不在 领导不在 不是本人 换号了 换号码了 做不了主 来公司 来我公司 来我们公司
    过来公司 来我司 到我司 到我们公司 去他公司 去她公司 去他店 去她店 去他厂 去他们公司 去他那
    去他办公室 到他公司 到他店 到他厂 去店里 来店里 来参观 去参观 来考察 过来看看 来看看 约吃饭 约饭
    请吃饭 约喝茶 喝茶聊 语音信箱 投诉 举报
    到公司谈 到公司详谈 到公司聊 到公司看 到公司参观 到公司面 到公司见 到店面谈
    """)
)
"""Words that say more than their outcome (who answered, who goes where): they stay in the note."""

# Between clauses. A time is part of a sentence, a number or a percentage is not (they are masked with HARD).
HARD, SOON, VAGUE = "\x00", "\x02", "\x03"
DELIMITERS = r"\s,。;!?、:/|~…—()\[\]{}<>\"'“”‘’「」『』【】《》+&=*#→\x00\-"
_END = rf"(?=[了啦的吧啊呀哦]{{0,2}}(?:$|[{DELIMITERS}.\x02\x03]))"
_BEGIN = rf"(?<![^{DELIMITERS}.\x02\x03])"

_NO = (
    r"(?:没有?|并?未|并?无|毫无|不|别|勿|拒绝|不肯|不愿意?|不想|不用|不让|不方便|不必|取消|取消了|放弃|不能|无法|不会|从没|还没有?|没能|没说|约不[到上]|谈不上|不是)"
    r"(?:什么|啥|太|很|多大|任何|一点|怎么|那么|特别)?(?:约|去|来)?$"
)
_NEGATED = re.compile(_NO)
_MILDLY_NEGATED = re.compile(r"(?:不太|不怎么|不是很|不是特别|不算|没那么|不够|没什么太?|没多)(?:有|大的?)?$")
_FAILED_AFTER = re.compile(r"(?:失败|未果|没成|不成功|没约上|取消|不了|未遂)")
_BEEN_BEFORE = re.compile(r"(?:上次|之前|以前|上周|上个?月|曾经?|原来|当时|前几天|昨天|前天)[^,。;]{0,4}$")
_MODAL = re.compile(
    r"(?:准备|打算|可以|想|要|快|能|应该|可能|希望|下次|争取|预计|预期|计划|愿意|考虑|答应|有望|差不多|就差|没|不|未|还没|如果|一旦|同意|会)[^,。;\s]{0,3}$"
)
_ON_THE_WAY = re.compile(r"(?:谈|聊|约|再|才|催|等|约好|\x02|\x03)[^,。;\s]{0,3}$")
_SOME_OTHER_TIME = re.compile(r"(?:[天周号日早晚]|上午|下午|晚上|[一二三四五六\x02\x03])$")
_HOPE_AFTER = re.compile(r"[的]?(?:希望|可能|机会|几率|概率|问题|意愿|流程|细节|条款|事|再|之后|以后|前|率|时间)")
_PERFECT = re.compile(r"(?:了|已|好|完|成$|下$|付|到)")

# What is worth asking, when nothing plain was said.
_HINTS: tuple[tuple[re.Pattern[str], tuple[str, ...]], ...] = tuple(
    (re.compile(pattern), codes)
    for pattern, codes in (
        (r"意向不大|意向不高|意向不强|意向低|意向较低|兴趣不大|兴趣一般|意向一般", ("refused", "interested")),
        (
            r"有需要再|有需要会|有需要找|有需要联系|有需要的话|需要再联系|需要会联系|有需求再|有需求会",
            ("refused", "callback"),
        ),
        (r"在忙|在开会|开会|有事|没空|没时间|在开车|不方便|在吃饭|出差|信号不好", ("callback", "busy")),
        (r"考虑|商量|研究|比较一下|对比|看看再|问问|犹豫", ("interested", "callback")),
        (
            r"要方案|要报价|要资料|发方案|发报价|发资料|加微信|加了微信|加v|加V|问价|报价|价格表|要案例",
            ("interested", "callback"),
        ),
        (r"嫌贵|太贵|价格高|没预算|没钱|预算不够", ("refused", "callback")),
        (r"签|打款|付款|定金", ("interested", "signed")),
        (r"骂|态度差|态度不好|生气", ("refused", "dnc")),
        (r"约[\x02\x03]|[\x02\x03]约|改约", ("visit", "callback")),
    )
)

_SAME_SOUND = {
    "未": "为位喂味卫尾", "没": "梅每美煤枚", "接": "街姐借节解杰结洁", "占": "战站展沾", "线": "先现县限", "忙": "盲芒茫", "空": "孔控",
    "号": "好浩耗", "停": "听庭亭挺", "机": "鸡几积基", "挂": "瓜卦刮褂", "断": "短段端锻", "拒": "据距聚巨具剧", "绝": "决觉", "意": "一已义易以",
    "向": "项像象想响相", "访": "放方房防仿", "约": "月越跃悦", "前": "钱浅潜", "台": "抬太泰", "成": "城诚承程", "交": "郊胶教较焦", "签": "前千牵迁",
    "单": "丹担蛋", "回": "会汇", "电": "店点典", "兴": "性幸", "趣": "去区", "谢": "写些", "上": "尚商", "门": "们闷", "需": "须许", "要": "药摇",
    "有": "友又右", "人": "仁任", "见": "件建", "面": "免眠", "了": "乐",
}  # fmt: skip
_HOMOPHONES = {wrong: right for right, wrongs in _SAME_SOUND.items() for wrong in wrongs}


@dataclass(frozen=True, slots=True)
class Said:
    """A word of an outcome in a line: `weak` ones yield to any other."""

    code: str
    word: str
    span: tuple[int, int]
    weak: bool = False

    @property
    def is_label(self) -> bool:
        """Says nothing beyond the outcome. 想做, 想买 need their object: 想做官网."""
        plain = self.code in LABEL_CODES or self.word in LABELS
        return plain and not self.is_informative and not self.word.startswith("想")

    @property
    def is_informative(self) -> bool:
        """Says more than the outcome."""
        return self.word in INFORMATIVE


class Vocabulary:
    """The words of a company's outcomes, compiled once. Words of the policy file win over the built-in ones."""

    def __init__(self, outcomes: Sequence[OutcomeLike]) -> None:
        self.outcomes = tuple(outcomes)
        self.codes = frozenset(outcome.code for outcome in outcomes)
        plain: dict[str, str] = {}
        marked: dict[str, str] = {}
        for code, spoken_words in _SPEECH.items():
            if not code or code in self.codes:
                for word in spoken_words.split():
                    spoken = word.replace("_", " ")
                    (marked if spoken[0] == "=" or spoken[-1] == "$" else plain)[spoken] = code
        masks = {word for word, code in plain.items() if not code}
        for outcome in outcomes:
            for word in (outcome.zh, outcome.en, *outcome.words):
                spoken = word.strip().lower()
                if spoken and spoken not in masks:
                    plain[spoken] = outcome.code
        self._plain, self._marked = plain, {word.strip("=$"): code for word, code in marked.items()}
        words = sorted([*plain, *marked], key=lambda word: (-len(word.strip("=$")), word))
        self._pattern = re.compile("|".join(_pattern(word) for word in words))
        self._short = sorted(
            (word for word, code in plain.items() if code and 2 <= len(word) <= 4 and not word.isascii()), key=len
        )

    def outcome(self, code: str | None) -> OutcomeLike | None:
        """The outcome with this code."""
        return next((outcome for outcome in self.outcomes if outcome.code == code), None)

    def scan(self, masked: str) -> tuple[list[Said], list[str]]:
        """Every outcome said in a folded line (numbers masked with HARD, times with SOON or VAGUE), and codes that
        are worth suggesting. Leftmost first, the longest word at each place; a negated word is not said."""
        lowered = masked.translate(_LOWER)
        said: list[Said] = []
        suggested: list[str] = []
        for match in self._pattern.finditer(lowered):
            word = match[0]
            code = self._plain.get(word) or self._marked.get(word) or ""
            if code:
                self._judge(lowered, Said(code, word, match.span()), said)
        for hint, codes in _HINTS:
            if hint.search(lowered):
                suggested.extend(codes)
        return said, [code for code in dict.fromkeys(suggested) if code in self.codes]

    def _judge(self, text: str, heard: Said, said: list[Said]) -> None:
        start, end = heard.span
        before, after = text[max(0, start - 8) : start], text[end : end + 6]
        code = heard.code
        if code == "interested":
            if negated := _NEGATED.search(before) or _MILDLY_NEGATED.search(before):
                if "refused" in self.codes:  # 不太感兴趣 is how a polite person says no
                    said.append(Said("refused", negated[0] + heard.word, (start - len(negated[0]), end)))
            else:
                said.append(heard)
            return
        if code in {"visit", "signed", "callback", "dnc"} and _NEGATED.search(before):
            return
        if code == "visit" and (_FAILED_AFTER.match(after) or after[:1] == "过" or _BEEN_BEFORE.search(before)):
            return
        if code == "signed" and not _is_done(before, heard.word, after):
            return
        if code == "gatekeeper" and heard.word.startswith("不在") and _SOME_OTHER_TIME.search(before):
            return  # 明天不在 is the customer's own word
        if heard.word == "忙":
            heard = Said(code, heard.word, heard.span, weak=True)  # with 晚点打 the man is busy, not the line
        if (
            code == "refused"
            and re.match(r"[\u4e00-\u9fff]", after)
            and not re.match(r"[了的已因就挂谢说直啦然后先目暂也都]", after)
        ):
            heard = Said(code, heard.word, heard.span, weak=True)  # 不需要专票 refuses the invoice, not us
        said.append(heard)

    def typos(self, clause: str) -> list[str]:
        """The outcomes whose word sounds like a whole clause that is none: 为接 → no_answer."""
        if not 2 <= len(clause) <= 4 or self._pattern.fullmatch(clause):
            return []
        return [
            code
            for code in dict.fromkeys(
                self._plain[word] for word in self._short if len(word) == len(clause) and _sounds_like(clause, word)
            )
            if code in self.codes
        ]


def _is_done(before: str, word: str, after: str) -> bool:
    """签了 happened; 周四签合同, 想签, 成交希望 did not (yet)."""
    if _HOPE_AFTER.match(after):
        return False
    if _MODAL.search(before):
        return False
    return not _ON_THE_WAY.search(before) or bool(_PERFECT.search(word)) or after[:1] == "了"


def _sounds_like(typed: str, word: str) -> bool:
    """Each character is the word's or sounds like it, and at least one is the same."""
    same = sum(a == b for a, b in zip(typed, word, strict=True))
    return 0 < same < len(word) and all(
        a == b or _HOMOPHONES.get(a) == b or a in _SAME_SOUND.get(b, "") for a, b in zip(typed, word, strict=True)
    )


def _pattern(word: str) -> str:
    bare = word.strip("=$")
    body = re.escape(bare)
    if bare.isascii():
        body = rf"(?<![a-z]){body}(?![a-z])"
    if word[0] == "=":
        return _BEGIN + body + _END
    return body + _END if word[-1] == "$" else body


_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}  # ASCII only: the length never changes


@lru_cache(maxsize=16)
def _compiled(outcomes: tuple[OutcomeLike, ...]) -> Vocabulary:
    return Vocabulary(outcomes)


def vocabulary(outcomes: Iterable[OutcomeLike] = OUTCOMES) -> Vocabulary:
    """The compiled words of these outcomes (of `policy.calls.outcomes`), kept between calls."""
    found = tuple(outcomes)
    try:
        return _compiled(found)
    except TypeError:  # outcomes of a kind that cannot be a key
        return Vocabulary(found)


_KEEPS_FIRST = frozenset(
    {
        ("visit", "interested"), ("visit", "gatekeeper"), ("visit", "hung_up"),
        ("gatekeeper", "refused"), ("gatekeeper", "hung_up"),
        ("refused", "hung_up"), ("interested", "hung_up"),
    }
)  # fmt: skip
"""(said before, said after): the first is what came of the call, the second is how it went on or ended."""

_RANK = {"dnc": 4, "signed": 3, "callback": 1}


def decide(said: Sequence[Said]) -> str | None:
    """The one outcome of a line that says several.

    A wish not to be called outranks everything, a signature everything else; "call again" yields to what was reached
    (没接 明天再打 is unanswered; 有意向 明天再打 is interested) unless they hung up and asked for it (在开会挂了 让我下午打).
    Otherwise the last word said counts, except where it only tells how the call ended (不需要 挂了).
    """
    strong = [word for word in said if not word.weak] or list(said)
    best: Said | None = None
    for word in strong:
        if best is None:
            best = word
            continue
        old, new = _RANK.get(best.code, 2), _RANK.get(word.code, 2)
        if (
            (best.code == "hung_up" and word.code == "callback")
            or new > old
            or (new == old and (best.code, word.code) not in _KEEPS_FIRST)
        ):
            best = word
    return best.code if best else None
