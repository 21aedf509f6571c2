"""Names as people type them: made safe to store and show, found in a line, shortened, masked. No pinyin here.

A name keeps its title as typed (李总, 王女士, 何工): that is how a salesman will call the customer next time.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from core.rules.numerals import listed
from core.rules.people import COMPOUND_SURNAMES

MAX_NAME = 32  # characters (reliability S7)

# --- Cleaning ---------------------------------------------------------------------------------------------------------

_OUTER = " ,.;:-_/|" + "\uff0c\u3002\uff1b\u3001\uff1a\u2014"  # what separates a name from its neighbours
_JOINER, _EMOJI_STYLE = "\u200d", "\ufe0f"


def _is_emoji(char: str) -> bool:
    return unicodedata.category(char) in {"So", "Sk"} or "\U0001f000" <= char <= "\U0001faff"


def clean_text(text: str) -> str:
    """Drop what cannot be seen and can do harm: control, bidi and zero-width characters, lone surrogates, tag letters.

    Line breaks and tabs stay (a note may have lines); the joiner stays between two emoji, where it draws a family.
    """
    if text.isascii() and text.isprintable():
        return text
    kept: list[str] = []
    for i, char in enumerate(text):
        category = unicodedata.category(char)
        if char in "\n\t":
            kept.append(char)
        elif char == "\r":
            kept.append("\n" if text[i + 1 : i + 2] != "\n" else "")
        elif char == _JOINER:
            before = kept[-1] if kept else ""
            if before and (_is_emoji(before) or before == _EMOJI_STYLE) and _is_emoji(text[i + 1 : i + 2] or " "):
                kept.append(char)
        elif char == _EMOJI_STYLE:
            if kept and kept[-1] and (_is_emoji(kept[-1]) or not kept[-1].isalnum()):
                kept.append(char)
        elif category in {"Zl", "Zp"}:
            kept.append("\n")
        elif category not in {"Cc", "Cf", "Cs", "Co", "Cn"} and not "\ufe00" <= char <= "\ufe0e":
            kept.append(char)
    return "".join(kept)


def clean_name(text: str, limit: int = MAX_NAME) -> str:
    """A name on one line, trimmed, at most `limit` characters, emoji and · kept. "" if nothing can be seen."""
    name = " ".join(clean_text(text).split())
    name = name.strip(_OUTER)
    if len(name) <= limit:
        return name
    cut = name[:limit]
    while cut and (unicodedata.combining(name[len(cut)]) or cut[-1] in _JOINER + _EMOJI_STYLE):
        cut = cut[:-1]  # not between a letter and its mark, or within a drawn family
    return cut.rstrip()


# --- Finding ----------------------------------------------------------------------------------------------------------

SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊"
    "秦邱江尹薛闫阎段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季俞章鲁葛伍韦申尤毕聂柴焦柳邢岳齐梅庄辛管祝左涂谷祁时舒"
    "耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫查屈鲍位覃霍翁隋植甘景薄单包司柏宁柯阮桂闵欧解强柴华车冉房边辜吉饶刁瞿戚丘古米池滕晋苑邬臧畅宫来嵺苟全褚廉简娄盖符奚"
    "木穆党燕郎邸冀谈姬屠连郜晏栾郁商蒙计喻揭窦迟宇敖糜鄢冷卓花仇艾蓝都巩稽井练仲乐虞卞封竺冼原官衣楚佟栗匡宗应台巫鞠僧桑荆谌银扬明沙薄伏岑习胥保和蔺"
)
_RARE_WORDS = frozenset("和都来全位时单向连成应应包原商官保明司台强畅植来")  # surnames that are mostly plain words
_TITLES = listed("""
    董事长 总经理 副总经理 副经理 副校长 副院长 副主任 副厂长 老板娘 总工程师 总监 副总 总助 总工 经理
    主任 女士 先生 小姐 老板 校长 老师 医生 大夫 院长 厂长 店长 主管 太太 夫人 阿姨 师傅 律师 会计 局 局长
    处长 科长 书记 园长 助理 秘书 财务 部长 所长 站长 队长 馆长 行长 社长 会长 组长 班长 课长 村长 镇长
    区长 主编 导演 教授 博士 同学 大哥 大姐 小哥 美女 帅哥 工程师 设计师 代表 领导 采购 总 姐 哥 工 董
    叔 嫂 婶 姨 爷 兄 生 太
    """)
# What makes a short title the beginning of another word: 李总共, 张太贵, 何工作, 陈生意.
_TITLE_GUARDS = {
    "总": "(?![共算量额价数部体结之])", "姐": "(?![妹夫])", "哥": "(?!们)", "工": "(?![作程厂资具地人业商期艺序])", "董": "(?!事)",
    "局": "(?![长部面势限促域])",
    "生": "(?![意产活日病气效成])", "太": "(?![贵高忙远多少晚慢久大小差麻难])", "兄": "(?!弟)", "爷": "(?!爷)",
}  # fmt: skip
_TITLE = "|".join(re.escape(title) + _TITLE_GUARDS.get(title, "") for title in sorted(_TITLES, key=len, reverse=True))
_SUR = "|".join(sorted(COMPOUND_SURNAMES)) + "|[" + "".join(sorted(SURNAMES)) + "]"
_PLAIN = "[" + "".join(sorted(SURNAMES - _RARE_WORDS)) + "]"
_HAN = "[\u4e00-\u9fff]"
# Characters that no given name before a title has; they are the grammar of a sentence.
_GRAMMAR = "的了吗呢吧不没说让给打要再还就都也很太过找跟和约联接挂催帮送转被把从到是有在与去见等"
_GIVEN = f"(?:(?![{_GRAMMAR}]){_HAN})"
_EDGE = r"(?<![\u4e00-\u9fffA-Za-z·])"  # the beginning of a word as typed
_NOT_TITLED = re.compile(
    r"施工|包工|水工|计生|先生|学生|花生|医生|陌生|小姐|老板|单总|成总|全总|时总|总总|都总|计总|全工|成工|单工|全生|安生"
)

_TITLED_EDGE = re.compile(
    rf"{_EDGE}(?:(?P<nick>[小老阿]?)(?P<sur>{_SUR})(?P<given>{_GIVEN}{{0,2}}?)(?P<title>{_TITLE})"
    rf"|(?P<given2>{_GIVEN})(?P<title2>[姐哥叔姨嫂爷婶]|总(?!是|会|说|觉)(?:(?![\u4e00-\u9fff])|(?=[说让要不没])))"
    rf"|(?P<latin>[A-Za-z][A-Za-z.\-]{{0,14}})[ ]?(?P<title3>{_TITLE})"
    r"|(?P<mr>(?:Mr|Mrs|Miss|Ms|Dr)\.?[ ]?[A-Z][a-z]{1,14}))"
)
_TITLED_INSIDE = re.compile(rf"(?P<sur>{'|'.join(sorted(COMPOUND_SURNAMES))}|{_PLAIN})(?P<title>{_TITLE})")
_NOT_GIVEN = frozenset("汇归小大老帅表堂美师前首本全两各那这哪某每另")


@dataclass(frozen=True, slots=True)
class Titled:
    """A name with a title (李总, 欧阳经理, 张建国总, Tony哥) and where it stands."""

    span: tuple[int, int]
    surname: str
    given: str
    title: str
    at_edge: bool  # begins a word as typed, so it is not an accident inside a sentence


def titled(text: str) -> Titled | None:
    """The first name with a title: one that begins a word before one inside a sentence."""
    return next(iter(all_titled(text)), None)


def all_titled(text: str) -> list[Titled]:
    """Every name with a title, those that begin a word first. Linear in the length of the text."""
    found: list[Titled] = []
    for match in _TITLED_EDGE.finditer(text):
        title = match["title"] or match["title2"] or match["title3"] or ""
        surname = match["sur"] or match["given2"] or match["latin"] or (match["mr"] or "").split()[-1].split(".")[-1]
        if match["given2"] and (surname in _NOT_GIVEN or surname in "零一二三四五六七八九十"):
            continue
        if _NOT_TITLED.match(text, match.start()) and not match["given"]:
            continue
        found.append(Titled(match.span(), surname, match["given"] or "", title, at_edge=True))
    taken = {span for name in found for span in range(*name.span)}
    found.extend(
        Titled(match.span(), match["sur"], "", match["title"], at_edge=False)
        for match in _TITLED_INSIDE.finditer(text)
        if match.start() not in taken and not _NOT_TITLED.match(text, match.start())
    )
    return found


_STOP = frozenset(
    listed("""
    方案 方便 方面 方向 高兴 高层 高端 马上 马路 安排 安静 安装 安全 成功 成交 成本 时间 时候 时常 时段
    白天 白跑 白打 黄了 金额 金牌 万一 常客 常打 周末 周边 周期 何时 何况 包装 包年 包月 包邮 江苏 江西
    江北 江门 温州 石油 华为 华东 华南 康复 平时 平台 水果 水电 童装 童鞋 家具 文件 文具 文员 于是 余额
    余款 单价 单位 单子 单独 关机 关门 关店 关注 关于 应该 应付 全部 全款 全国 后面 后续 钟点 项目 相关
    宣传 支付 车行 车间 车贷 房产 房东 房贷 古玩 米线 米粉 石材 木材 木门 木工 花店 花艺 牛肉 牛排 金店
    金融 银行 商场 商务 商家 商会 商量 路上 路边 管理 管家 向导 文化 文案 文章 计划 计较 强烈 强调 连锁
    连续 和气 官网 官方 原来 原因 原价 明天 明年 明白 明确 阳性 阳台 白领 白酒 毛利 毛巾 雷同 季度 季节
    尤其 左右 左边 童车 游戏 游客 边上 简单 简历 乐意 乐观 艾灸 蓝牙 封店 宁波 宁夏 苏州 古镇 来电 来访
    来过 来店 来意 解释 解决 包办 房租 段时间 盛情 欧洲 兰州 桂林 柳州 贺卡 池塘 乔迁 顾问 顾客 顾虑
    陆续 程序 范围 许多 任务 任何 余地 汪汪 易拉宝 武汉 祝福 祝贺 谈过 谈妥 谈价 谈谈 单签 聊过 习惯
    保安 保险 保洁 保证 卫浴 卫生 查询 查过 查账 别的 位置 党建 屠宰 景区 商标 商铺 车位 官司 应酬 景点
    强势 符合 农庄 庄园 原装 通过 都行 全家 全包 全套
    """)
)
_NOT_NAME_END = "州市省县区店厂馆院园站楼司部局房网站单款价费钱元块个家次遍通条年月日号点天"
_NOT_NAME_CHAR = frozenset("的了吗呢吧不没说让给打要再还就都也很太过接挂催帮找送转被把是有")
_PLAIN_NAME = re.compile(
    rf"(?:(?:{'|'.join(sorted(COMPOUND_SURNAMES))}){_HAN}{{1,2}}|[{''.join(sorted(SURNAMES))}]{_HAN}{{1,2}}|[小老阿]{_HAN}|{_HAN}{{2,6}}(?:·{_HAN}{{1,8}}){{1,3}})"
)
_NICK_STOP = frozenset(
    listed("""
    小时 小区 小店 小心 小票 小票 小雨 小便 小雪 小微 小型 小额 小吃 小程 老板 老师 老公 老婆 老家 老样
    老客 老户 老人 老总 老早 老是 老外 老地 阿姨 阿里 小号 小贷 小本
    """)
)
_LATIN_NAME = re.compile(r"[A-Z][a-z]{1,14}(?: [A-Z][a-z]{1,14})?")
_LATIN_STOP = frozenset(listed("Ok Wx Vx Qq Kp App Call Log No Busy Wechat Tel Phone Mobile Next Tomorrow Today Yes"))


def is_plain_name(word: str) -> bool:
    """Could `word` be the name of a person without a title (张三, 欧阳雪, 小李, 古丽米热·艾合买提, Tony)?

    For a word that stands where a name stands; a line must not be searched with this.
    """
    if _LATIN_NAME.fullmatch(word):
        return word not in _LATIN_STOP
    if not _PLAIN_NAME.fullmatch(word):
        return False
    if "·" in word:
        return True
    if word[0] in "小老阿" and len(word) == 2:
        return word not in _NICK_STOP and word[1] not in _NOT_NAME_CHAR
    if word in _STOP or word[:2] in _STOP or word[-1] in _NOT_NAME_END:
        return False
    return not any(char in _NOT_NAME_CHAR for char in word[1:])
