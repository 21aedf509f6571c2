"""What salespeople type about a call, and what must come of it. Typed on Saturday 2026-11-21 at 09:30 in Shanghai."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.rules import policy
from core.rules.calls import (
    OUTCOMES,
    CallDraft,
    Outcome,
    looks_like_call,
    looks_like_counts,
    looks_like_deal,
    parse_call,
)
from core.rules.phones import dialled, mask

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=SHANGHAI)
P = "+8613800138000"
SAMPLE = Path(__file__).parents[2] / "policies" / "sample.toml"


def said(
    *,
    phone: str | None = None,
    name: str | None = None,
    intention: int | None = None,
    stage: int | None = None,
    at: str | None = None,
    note: str | None = None,
) -> CallDraft:
    """A draft as a row of the tables below; `at` is `MM-DD HH:MM` of 2026, in Shanghai."""
    when = datetime.strptime(f"2026-{at}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI) if at else None
    return CallDraft(phone, name, None, intention, stage, when, note)


LINES: dict[str | None, list[tuple[str, CallDraft]]] = {
    "no_answer": [
        ("138 0013 8000 没接", said(phone=P)),
        ("记李总13800138000没接", said(phone=P, name="李总")),
        ("记 张三 13800138000 没接", said(phone=P, name="张三")),
        ("李总 1380013800 没接", said(name="李总", note="1380013800")),
        ("没接 明天再打", said(at="11-22 09:00")),
        ("记 李总 13800138000 第三次联系 没接", said(phone=P, name="李总", stage=2)),
        (
            "姓名:李总 电话:13800138000 结果:未接 意向:70% 下次:明天10点 备注:要方案",
            said(phone=P, name="李总", intention=70, at="11-22 10:00", note="要方案"),
        ),
        ("李总|13800138000|未接|要方案", said(phone=P, name="李总", note="要方案")),
        ("响了很久没接", said(note="响了很久没接")),
        ("打了三次没接", said(note="打了三次没接")),
        ("记 火锅店 13800138000 没接", said(phone=P, name="火锅店")),
        ("火锅李总 13800138000 没接", said(phone=P, name="李总", note="火锅李总")),
        ("关机", said()),
        ("李总没接怎么办?", said(name="李总", note="怎么办")),
        ("Tony 13800138000 没接", said(phone=P, name="Tony")),
        ("王总 13800138000 没人接 下午再打", said(phone=P, name="王总", at="11-21 14:00")),
        ("记 孙姐 138 0013 8000 关机,明早再打", said(phone=P, name="孙姐", at="11-22 09:00")),
        ("吴经理 13800138000 第2次回访 没接", said(phone=P, name="吴经理", stage=2)),
        ("老王 13800138000 没接", said(phone=P, name="老王")),
        ("李总 010-62651234 没接", said(phone="+861062651234", name="李总")),
        ("李总 400-123-4567 没接", said(phone="+864001234567", name="李总")),
        ("李总 +86 13800138000 没接", said(phone=P, name="李总")),
        ("记电话 李总 13800138000 没接", said(phone=P, name="李总")),
        ("记一下 李总 13800138000 没接", said(phone=P, name="李总")),
        ("记:李总 13800138000 没接", said(phone=P, name="李总")),
        ("记，李总，13800138000，没接", said(phone=P, name="李总")),
        ("/call 李总 13800138000 没接", said(phone=P, name="李总")),
        ("李总 13800138000 未接通", said(phone=P, name="李总")),
        ("李总 13800138000 无人接听", said(phone=P, name="李总")),
        ("李总 13800138000 响铃30秒没人接", said(phone=P, name="李总", note="响铃30秒没人接")),
        ("记 13800138000 没接", said(phone=P)),
        ("13800138000没接", said(phone=P)),
        ("没接 13800138000", said(phone=P)),
        ("13800138000 13900139000 没接", said(phone=P, note="13900139000")),
        ("李总13800138000 没有接", said(phone=P, name="李总")),
        ("李总 13800138000 没接电话", said(phone=P, name="李总")),
        ("孙姐 13800138000 上次见面聊过 没接", said(phone=P, name="孙姐", note="上次见面聊过")),
        ("13800138000 您拨打的电话已关机", said(phone=P, note="您拨打的电话已关机")),
        ("13800138000 无法接通", said(phone=P)),
        ("13800138000 不在服务区", said(phone=P)),
        ("13800138000 呼叫转移 没人接", said(phone=P, note="呼叫转移")),
        ("回访 2 周总 13800138000 没接", said(phone=P, name="周总", stage=2)),
        ("回访二 周总 没接", said(name="周总", stage=2)),
        ("第二次回访 周总 没接", said(name="周总", stage=2)),
        ("首次 周总 13800138000 没接", said(phone=P, name="周总", stage=0)),
        ("王总 上午没接 下午3点再打", said(name="王总", at="11-21 15:00", note="上午没接")),
        ("王总 打了2遍都没接", said(name="王总", note="打了2遍都没接")),
        ("Mr Li 13800138000 no answer", said(phone=P, name="Mr Li")),
        ("A总 13800138000 没接", said(phone=P, name="A总")),
        ("小王 没接", said(name="小王")),
        ("阿珍 13800138000 没接", said(phone=P, name="阿珍")),
        ("张三丰 13800138000 没接", said(phone=P, name="张三丰")),
        ("诸葛亮 13800138000 没接", said(phone=P, name="诸葛亮")),
        ("方案 13800138000 没接", said(phone=P, note="方案")),
        ("周一鸣 13800138000 没接", said(phone=P, name="周一鸣")),
        ("江苏的客户 13800138000 没接", said(phone=P, note="江苏的客户")),
        ("火锅店 13800138000 没接", said(phone=P, note="火锅店")),
        ("黄总/13800138000/没接", said(phone=P, name="黄总")),
        ("黄总-13800138000-没接", said(phone=P, name="黄总")),
        ("黄总 手机13800138000 没接", said(phone=P, name="黄总")),
        ("黄总 微信13800138000 没接", said(phone=P, name="黄总", note="微信")),
        ("记 13800138000 黄总 没接", said(phone=P, name="黄总")),
        ("打给黄总 没接", said(name="黄总")),
        ("刚给黄总打了电话 没接", said(name="黄总")),
        ("黄总:没接", said(name="黄总")),
        ('"黄总" 13800138000 没接', said(phone=P, name="黄总")),
        ("黄总 13800138000 没接 没接", said(phone=P, name="黄总")),
        ("黄总 13800138000 有意向 没接", said(phone=P, name="黄总", note="有意向")),
        ("记 林小姐 13800138000 未接 10分钟后", said(phone=P, name="林小姐", at="11-21 09:40")),
        ("记 许太 13800138000 无人接听", said(phone=P, name="许太")),
        ("高总13800138000没接，下午两点再打", said(phone=P, name="高总", at="11-21 14:00")),
        ("高总13800138000未接", said(phone=P, name="高总")),
        ("高总 13800138000 前天打过 没接", said(phone=P, name="高总", note="前天打过")),
        ("高总 13800138000 上周五说有意向 今天没接", said(phone=P, name="高总", note="上周五说有意向")),
        ("138001380000 高总 没接", said(name="高总", note="138001380000")),
        ("1380013800 高总 没接", said(name="高总", note="1380013800")),
        ("高总 23800138000 没接", said(name="高总", note="23800138000")),
        ("高总 010-6265123 没接", said(name="高总", note="010-6265123")),
        ("高总 13800138000 第二次打 没接", said(phone=P, name="高总", stage=1)),
        ("高总 13800138000 被标记骚扰电话 没接", said(phone=P, name="高总", note="被标记骚扰电话")),
        ("高总 13800138000 语音信箱", said(phone=P, name="高总", note="语音信箱")),
        ("Call Mr Li 13800138000 no answer", said(phone=P, name="Mr Li")),
        ("欧阳娜娜 13800138000 没接", said(phone=P, name="欧阳娜娜")),
        ("尉迟总 13800138000 没接", said(phone=P, name="尉迟总")),
        ("😀李总\u200b 13800138000 没接", said(phone=P, name="李总")),
        ("客户李四 13800138000 没接", said(phone=P, name="李四")),
        ("王局 13800138000 没接", said(phone=P, name="王局")),
        ("13800138000 李总没接", said(phone=P, name="李总")),
        ("李总 13800138000 一直没人接", said(phone=P, name="李总")),
        ("李总 13800138000 打了没接", said(phone=P, name="李总")),
        ("李总 13800138000 响了没接", said(phone=P, name="李总", note="响了没接")),
        ("李总 13800138000 无应答 明天上午再试", said(phone=P, name="李总", at="11-22 09:00")),
        ("李总 13800138000 回访3次 仍未接", said(phone=P, name="李总", stage=3)),
    ],
    "busy": [
        ("占线", said()),
        ("记 周总 138-0013-8000 忙线", said(phone=P, name="周总")),
        ("小李 13800138000 通话中", said(phone=P, name="小李")),
        ("李总，13800138000，占线，晚点再打", said(phone=P, name="李总", note="晚点再打")),
        ("13800138000 您拨打的用户正忙", said(phone=P, note="您拨打的用户正忙")),
        ("Mr. Wang 13800138000 busy", said(phone=P, name="Mr. Wang")),
        ("黄总 13800138000 忙", said(phone=P, name="黄总")),
        ("记 冯院长 13800138000 忙线 下午3点", said(phone=P, name="冯院长", at="11-21 15:00")),
        ("高总 13800138000 正在通话中 稍后再拨", said(phone=P, name="高总", note="稍后再拨")),
        ("李总 13800138000 占线中", said(phone=P, name="李总")),
    ],
    "hung_up": [
        ("张三 13800138000 挂了", said(phone=P, name="张三")),
        ("秒挂", said()),
        ("李总 13800138000 接了就挂", said(phone=P, name="李总")),
        ("李总 13800138000 拒接", said(phone=P, name="李总")),
        ("挂了 13800138000 王总", said(phone=P, name="王总")),
        ("钱经理 13800138000 态度不好 直接挂了", said(phone=P, name="钱经理", note="态度不好")),
        ("钱经理 13800138000 听到推销就挂了", said(phone=P, name="钱经理", note="听到推销就挂了")),
        ("钱经理 13800138000 响两声就挂断", said(phone=P, name="钱经理", note="响两声就挂断")),
        ("黄总 13800138000 挂", said(phone=P, name="黄总")),
        ("记 何总 13800138000 挂断", said(phone=P, name="何总")),
        ("高总 13800138000 接了没说话就挂", said(phone=P, name="高总", note="接了没说话就挂")),
        ("李总 13800138000 挂断电话", said(phone=P, name="李总")),
    ],
    "invalid": [
        ("陌开 13800138000 空号", said(phone=P, stage=0)),
        ("停机", said()),
        ("郑总 13800138000 空号😂", said(phone=P, name="郑总", note="😂")),
        ("郑总 13800138000 停机了", said(phone=P, name="郑总")),
        ("郑总 13800138000 打错了 不是郑总", said(phone=P, name="郑总", note="不是郑总")),
        ("郑总 13800138000 号码不存在", said(phone=P, name="郑总")),
        ("空号 13900139000", said(phone="+8613900139000")),
        ("13800138000 已停机", said(phone=P)),
        ("13800138000 号码是空号", said(phone=P)),
        ("记 何总 13800138000 空号", said(phone=P, name="何总")),
        ("记 何总 13800138000 停机", said(phone=P, name="何总")),
        ("高总 13800138000 不是本人 换号了", said(phone=P, name="高总", note="不是本人 换号了")),
        ("高总 13800138000 号主换人 打错", said(phone=P, name="高总", note="号主换人")),
    ],
    "gatekeeper": [
        ("13800138000陈老板 前台不给转", said(phone=P, name="陈老板")),
        ("前台说老板出差了 下周一再打", said(at="11-23 09:00", note="前台说老板出差了")),
        ("李总的秘书接的,说开会", said(name="李总", note="秘书接的,说开会")),
        ("前台王姐接的,李总不在", said(name="李总", note="前台王姐接的")),
        ("13800138000 前台说不需要", said(phone=P, note="前台说不需要")),
        ("13800138000 不是负责人,负责人姓王", said(phone=P, note="负责人姓王")),
        ("李总 (010)62651234 转801 前台", said(phone="+861062651234", name="李总", note="转801")),
        ("陈老板 13800138000 老板不在 前台让下周一打", said(phone=P, name="陈老板", at="11-23 09:00", note="老板不在")),
        ("13800138000 公司前台 转不进去", said(phone=P, note="公司前台")),
        ("张经理 13800138000 非负责人 负责人下周回来", said(phone=P, name="张经理", note="负责人下周回来")),
        ("王总 助理接的 让明天10点打", said(name="王总", at="11-22 10:00", note="助理接的")),
        (
            "记 韩店长 13800138000 前台 让周三找负责人",
            said(phone=P, name="韩店长", at="11-25 09:00", note="让找负责人"),
        ),
        ("李总 13800138000 前台", said(phone=P, name="李总")),
        ("李总 13800138000 转到前台 前台说不在", said(phone=P, name="李总", note="转到前台")),
        ("李总 13800138000 是员工接的", said(phone=P, name="李总", note="是员工接的")),
        ("李总 13800138000 不是老板 老板明天回来", said(phone=P, name="李总", note="老板明天回来")),
    ],
    "refused": [
        ("13800138000 张三 不需要", said(phone=P, name="张三")),
        ("不需要,以后再联系", said(note="以后再联系")),
        ("没有意向", said()),
        ("李总 不太感兴趣", said(name="李总")),
        ("张三说不需要", said(name="张三")),
        ("陈生 13800138000 不要", said(phone=P, name="陈生")),
        ("陈老板 13800138000 拒绝", said(phone=P, name="陈老板")),
        ("陈老板 13800138000 直接拒绝了 态度很差", said(phone=P, name="陈老板", note="态度很差")),
        ("陈老板13800138000说不要了已经有合作的", said(phone=P, name="陈老板", note="说不要了已经有合作的")),
        ("李总 13800138000 没什么兴趣", said(phone=P, name="李总")),
        ("李总 13800138000 暂时不需要 有需要再联系", said(phone=P, name="李总", note="有需要再联系")),
        ("记 王芳 13800138000 不感兴趣", said(phone=P, name="王芳")),
        ("钱经理 13800138000 太贵了 不考虑", said(phone=P, name="钱经理", note="太贵了")),
        ("钱经理 13800138000 不考虑了", said(phone=P, name="钱经理")),
        ("钱经理 13800138000 已经有供应商了 不需要", said(phone=P, name="钱经理", note="已经有供应商了")),
        ("钱经理 13800138000 没这方面需求", said(phone=P, name="钱经理")),
        ("陌开 周总 13800138000 不需要", said(phone=P, name="周总", stage=0)),
        ("周总 没啥意向", said(name="周总")),
        ("周总 无意向", said(name="周总")),
        ("黄总 13800138000 说不需要然后挂了", said(phone=P, name="黄总", note="说不需要然后挂了")),
        ("黄总 13800138000 拒", said(phone=P, name="黄总")),
        ("记 郭老师 13800138000 拒绝 已有合作", said(phone=P, name="郭老师", note="已有合作")),
        ("高总 13800138000 不需要 谢谢", said(phone=P, name="高总")),
        ("高总 13800138000 不要了，谢谢", said(phone=P, name="高总")),
        ("高总 13800138000 不用", said(phone=P, name="高总")),
        ("高总 13800138000 不用了谢谢", said(phone=P, name="高总")),
        ("高总 13800138000 不感兴趣但可以加微信", said(phone=P, name="高总", note="不感兴趣但可以加微信")),
        ("李总 13800138000 拒绝沟通", said(phone=P, name="李总", note="拒绝沟通")),
        ("13800138000 李总说没意向", said(phone=P, name="李总")),
        ("李总 13800138000 没需求", said(phone=P, name="李总")),
        ("李总 13800138000 不接受电话推销", said(phone=P, name="李总")),
    ],
    "callback": [
        ("王女士 说下礼拜再讲,意向40", said(name="王女士", intention=40, note="说下礼拜再讲")),
        ("钱经理嫌贵 让我月底再打", said(name="钱经理", note="嫌贵 让我月底再打")),
        ("在开会挂了 让我下午3点打", said(at="11-21 15:00", note="在开会挂了")),
        ("明天出差 下周二再打", said(at="11-24 09:00", note="明天出差")),
        ("24号到期 到时再联系", said(note="24号到期 到时再联系")),
        ("李总 13800138000 半小时后再打", said(phone=P, name="李总", at="11-21 10:00")),
        ("王总 2月30日 再打", said(name="王总", note="2月30日")),
        ("王总 昨天10点再打", said(name="王总", note="昨天10点再打")),
        ("王总 今天8点回电", said(name="王总", note="今天8点回电")),
        ("李总 13800138000 说过两天再联系", said(phone=P, name="李总", note="说过两天再联系")),
        ("李总 13800138000 改天再聊", said(phone=P, name="李总", note="改天再聊")),
        ("李姐 13800138000 让晚点打", said(phone=P, name="李姐", note="让晚点打")),
        ("李姐 13800138000 晚上8点打给她", said(phone=P, name="李姐", at="11-21 20:00")),
        ("李姐 13800138000 说在开车,一个小时后打", said(phone=P, name="李姐", at="11-21 10:30", note="说在开车")),
        ("林姐 月底有预算再说", said(name="林姐", note="月底有预算再说")),
        ("林姐 下个月3号再打", said(name="林姐", at="12-03 09:00")),
        ("林姐 24号下午联系", said(name="林姐", at="11-24 14:00")),
        ("李总 13800138000 还没签 下周二再跟进", said(phone=P, name="李总", at="11-24 09:00", note="还没签")),
        ("李总 13800138000 说他老婆不同意 过几天再打", said(phone=P, name="李总", note="说他老婆不同意 过几天再打")),
        ("李总 13800138000 15:30回电", said(phone=P, name="李总", at="11-21 15:30")),
        ("李总 13800138000 下午三点一刻回电话", said(phone=P, name="李总", at="11-21 15:15")),
        ("李总 13800138000 今天下午4点回访", said(phone=P, name="李总", at="11-21 16:00")),
        (
            "王女士 13800138000 说在开会 下午4点再打过来",
            said(phone=P, name="王女士", at="11-21 16:00", note="说在开会"),
        ),
        (
            "何工 13800138000 跟合伙人商量 三天后再联系",
            said(phone=P, name="何工", at="11-24 09:00", note="跟合伙人商量"),
        ),
        ("何工 13800138000 三天后再联系", said(phone=P, name="何工", at="11-24 09:00")),
        ("何工 13800138000 一周后回访", said(phone=P, name="何工", at="11-28 09:00")),
        ("何工 13800138000 半个月后再说", said(phone=P, name="何工", at="12-06 09:00")),
        ("何工 13800138000 年后再说", said(phone=P, name="何工", note="年后再说")),
        ("周总 13800138000 有望成交 周五再谈", said(phone=P, name="周总", at="11-27 09:00", note="有望成交")),
        ("周总 意向约60% 下午再聊", said(name="周总", intention=60, at="11-21 14:00")),
        ("王总 11月31日再打", said(name="王总", note="11月31日再打")),
        ("王总 13月1日再打", said(name="王总", note="13月1日再打")),
        ("王总 明天上午联系王秘书", said(name="王总", at="11-22 09:00", note="联系王秘书")),
        (
            "李小姐 13800138000 让周一上午十点联系她老公",
            said(phone=P, name="李小姐", at="11-23 10:00", note="让联系她老公"),
        ),
        ("黄总说:下周二10点再打", said(name="黄总", at="11-24 10:00")),
        ("黄总 13800138000 忙 晚点打", said(phone=P, name="黄总", note="忙 晚点打")),
        ("黄总 13800138000 今天不方便 明天再说", said(phone=P, name="黄总", at="11-22 09:00", note="今天不方便")),
        (
            "黄总 13800138000 要一份报价,周三发,周五回访",
            said(phone=P, name="黄总", at="11-27 09:00", note="要一份报价,周三发"),
        ),
        ("黄总 13800138000 3-5天后再联系", said(phone=P, name="黄总", note="3-5天后再联系")),
        ("黄总 13800138000 两三天后再打", said(phone=P, name="黄总", note="两三天后再打")),
        ("黄总 13800138000 约时间", said(phone=P, name="黄总")),
        ("黄总 13800138000 回电", said(phone=P, name="黄总")),
        ("黄总 13800138000 明天等他电话", said(phone=P, name="黄总", at="11-22 09:00")),
        ("记 林小姐 13800138000 约回电 明天下午4点半", said(phone=P, name="林小姐", at="11-22 16:30")),
        ("高总 13800138000 资料已发 周五跟进", said(phone=P, name="高总", at="11-27 09:00", note="资料已发")),
        ("高总 13800138000 让我下个月再打", said(phone=P, name="高总", note="让我下个月再打")),
        ("高总 13800138000 让下个月5号再打", said(phone=P, name="高总", at="12-05 09:00")),
        ("高总 13800138000 国庆后再联系", said(phone=P, name="高总", note="国庆后再联系")),
        ("高总 13800138000 下午3-4点打", said(phone=P, name="高总", at="11-21 15:00", note="下午3-4点打")),
        ("高总 13800138000 早上9点前打", said(phone=P, name="高总", at="11-22 09:00")),
        ("高总 13800138000 2月29日再打", said(phone=P, name="高总", note="2月29日再打")),
        ("高总 13800138000 2026-11-20 10:00 再打", said(phone=P, name="高总", note="2026-11-20 10:00")),
        ("高总 13800138000 一点半打", said(phone=P, name="高总", at="11-21 13:30")),
        ("王总那边说下周二给我回复", said(name="王总", at="11-24 09:00")),
        ("3点再打 李总 13800138000", said(phone=P, name="李总", at="11-21 15:00")),
        ("半小时后再打 13800138000", said(phone=P, at="11-21 10:00")),
        ("李总 13800138000 明天10点给他打电话", said(phone=P, name="李总", at="11-22 10:00")),
        ("李总 13800138000 明天上午十点回拨", said(phone=P, name="李总", at="11-22 10:00")),
        ("李总 13800138000 需要考虑 下周三再联系", said(phone=P, name="李总", at="11-25 09:00", note="需要考虑")),
        (
            "李总 13800138000 秘书说老板开会 下午再打",
            said(phone=P, name="李总", at="11-21 14:00", note="秘书说老板开会"),
        ),
        ("李总 13800138000 周三再试", said(phone=P, name="李总", at="11-25 09:00")),
        ("李总 13800138000 24号回访", said(phone=P, name="李总", at="11-24 09:00")),
        (
            "记 李总 13800138000 回访1 意向30% 不急 月底再联系",
            said(phone=P, name="李总", intention=30, stage=1, note="不急 月底再联系"),
        ),
        ("李总 13800138000 明天不在 后天上午再打", said(phone=P, name="李总", at="11-23 09:00", note="明天不在")),
        (
            "李总 13800138000 让他助理明天下午5点联系我",
            said(phone=P, name="李总", at="11-22 17:00", note="让他助理联系我"),
        ),
        ("李总 13800138000 12月5日开业 开业前再联系", said(phone=P, name="李总", note="12月5日开业 开业前再联系")),
    ],
    "interested": [
        (
            "记 李总 13800138000 有意向70% 下周二10点 要方案",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案"),
        ),
        ("李总 138001380001 有意向", said(name="李总", note="138001380001")),
        ("有意向,让我明天10点回电", said(at="11-22 10:00")),
        ("李总 13800138000 意向七十", said(phone=P, name="李总", intention=70)),
        (
            "记 欧阳总 13800138000 回访2 有意向80% 后天上午 要合同",
            said(phone=P, name="欧阳总", intention=80, stage=2, at="11-23 09:00", note="要合同"),
        ),
        (
            "李总,13800138000,有意向,60%,下周三下午3点,发方案",
            said(phone=P, name="李总", intention=60, at="11-25 15:00", note="发方案"),
        ),
        (
            "李总13800138000有意向70%下周二10点要方案",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案"),
        ),
        ("对官网感兴趣 80% 明天发方案", said(intention=80, at="11-22 09:00", note="对官网感兴趣 发方案")),
        ("Tony总 13800138000 有意向", said(phone=P, name="Tony总")),
        ("意向60-70% 李总 13800138000", said(phone=P, name="李总", intention=60, note="意向60-70%")),
        ("古丽米热·艾合买提 13800138000 有意向", said(phone=P, name="古丽米热·艾合买提")),
        ("李总 不要专票 有意向50%", said(name="李总", intention=50, note="不要专票")),
        ("李总 有意向50% 不需要专票", said(name="李总", intention=50, note="不需要专票")),
        (
            "刘女士 １３８００１３８０００ 意向６０％ 明天上午10点 发报价",
            said(phone=P, name="刘女士", intention=60, at="11-22 10:00", note="发报价"),
        ),
        ("赵总 13800138000 有兴趣 先加微信 周三回访", said(phone=P, name="赵总", at="11-25 09:00", note="先加微信")),
        (
            "何工13800138000意向五成 后天下午两点半 报价单",
            said(phone=P, name="何工", intention=50, at="11-23 14:30", note="报价单"),
        ),
        (
            "吴经理 13800138000 回访1 有意向 60% 下周一上午9点半 要看案例",
            said(phone=P, name="吴经理", intention=60, stage=1, at="11-23 09:30", note="要看案例"),
        ),
        (
            "吴经理 13800138000 二次回访 还在考虑 意向50%",
            said(phone=P, name="吴经理", intention=50, stage=2, note="还在考虑"),
        ),
        ("林姐说月底再考虑 意向30", said(name="林姐", intention=30, note="说月底再考虑")),
        ("李总 0755-82345678 有意向", said(phone="+8675582345678", name="李总")),
        ("李总 +852 9876 5432 有意向 50%", said(phone="+85298765432", name="李总", intention=50)),
        (
            "李总 13800138000 有点贵 想再便宜一点 意向60",
            said(phone=P, name="李总", intention=60, note="有点贵 想再便宜一点"),
        ),
        ("李总 意向 70 明天", said(name="李总", intention=70, at="11-22 09:00")),
        ("李总 有意向 七十 明天10点", said(name="李总", intention=70, at="11-22 10:00")),
        ("李总 有意向百分之八十", said(name="李总", intention=80)),
        (
            "李总 13800138000 下周二10点要方案有意向70%",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案"),
        ),
        (
            "李总 13800138000 有意向70%,下周二10点,要方案和报价",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案和报价"),
        ),
        (
            "李总 13800138000 有意向(70%) 下周二10:00 要方案",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案"),
        ),
        ("李总13800138000 有意向 下周", said(phone=P, name="李总", note="下周")),
        ("李总13800138000 感兴趣 有空再说", said(phone=P, name="李总", note="有空再说")),
        ("13800138000 有意向", said(phone=P)),
        ("李总 13800138000 2026-12-01 10:00 有意向", said(phone=P, name="李总", at="12-01 10:00")),
        ("张建国 13800138000 有意向40% 要报价", said(phone=P, name="张建国", intention=40, note="要报价")),
        (
            "记 李总 13800138000 有意向70% 下周二 10点 要方案",
            said(phone=P, name="李总", intention=70, at="11-24 10:00", note="要方案"),
        ),
        (
            "记 李总 13800138000 有意向 70% 下周二上午10点半 要方案 预算5000",
            said(phone=P, name="李总", intention=70, at="11-24 10:30", note="要方案 预算5000"),
        ),
        ("李总 138-0013-8000 70%意向 后天3点", said(phone=P, name="李总", intention=70, at="11-23 15:00")),
        (
            "刘老师 13800138000 想了解短视频代运营 明天发资料",
            said(phone=P, name="刘老师", at="11-22 09:00", note="想了解短视频代运营 发资料"),
        ),
        (
            "回访2 周总 13800138000 意向九成 周五签",
            said(phone=P, name="周总", intention=90, stage=2, at="11-27 09:00", note="签"),
        ),
        ("第3次联系 周总 有意向", said(name="周总", stage=2)),
        ("陌拜 周总 13800138000 有点兴趣 意向3成", said(phone=P, name="周总", intention=30, stage=0)),
        ("周总 意向高 明天下午三点", said(name="周总", at="11-22 15:00")),
        ("周总 意向100", said(name="周总", intention=100)),
        ("周总 意向度 65", said(name="周总", intention=65)),
        ("周总 有意向 10点回电", said(name="周总", at="11-21 10:00")),
        ("周总 有意向10点回电", said(name="周总", at="11-21 10:00")),
        ("周总 有意向 10点", said(name="周总", at="11-21 10:00")),
        ("Jack 13800138000 interested 60%", said(phone=P, name="Jack", intention=60)),
        ("李总 👍 13800138000 有意向", said(phone=P, name="李总", note="👍")),
        ("李总😀13800138000 有意向", said(phone=P, name="李总", note="😀")),
        ("海底捞 陈经理 13800138000 有意向", said(phone=P, name="陈经理", note="海底捞")),
        ("陈经理(海底捞) 13800138000 有意向", said(phone=P, name="陈经理", note="(海底捞)")),
        ("陈经理 海底捞 13800138000 有意向", said(phone=P, name="陈经理", note="海底捞")),
        ("联系了黄总 有意向", said(name="黄总")),
        ("黄总 13800138000 先没接 后来回过来说有意向", said(phone=P, name="黄总", note="先没接 后来回过来说有意向")),
        (
            "黄总 13800138000 对方是做五金的 想做官网 预算3000-5000",
            said(phone=P, name="黄总", note="对方是做五金的 想做官网 预算3000-5000"),
        ),
        (
            "记 李总 13800138000 回访1 意向55% 11月25日下午3点 要看官网案例",
            said(phone=P, name="李总", intention=55, stage=1, at="11-25 15:00", note="要看官网案例"),
        ),
        ("记 许太太 13800138000 有兴趣 三成 月底再打", said(phone=P, name="许太太", intention=30, note="月底再打")),
        (
            "高总13800138000，有意向，意向60%，周四上午10点回访，要报价",
            said(phone=P, name="高总", intention=60, at="11-26 10:00", note="要报价"),
        ),
        ("高总，有意向60%，要报价", said(name="高总", intention=60, note="要报价")),
        (
            "高总 周四10点 有意向60% 13800138000 要报价",
            said(phone=P, name="高总", intention=60, at="11-26 10:00", note="要报价"),
        ),
        ("要报价 高总 13800138000 意向60%", said(phone=P, name="高总", intention=60, note="要报价")),
        ("今天给高总打电话 138 0013 8000 有意向 60", said(phone=P, name="高总", intention=60)),
        (
            "高总 13800138000 有意向60 周五下午3:30 微信发案例",
            said(phone=P, name="高总", intention=60, at="11-27 15:30", note="微信发案例"),
        ),
        ("高总 13800138000 有意向，但是不要专票", said(phone=P, name="高总", note="但是不要专票")),
        ("高总 13800138000 以前不感兴趣 现在有意向 40%", said(phone=P, name="高总", intention=40, note="以前不感兴趣")),
        ("高总 13800138000 意向降到20%", said(phone=P, name="高总", intention=20)),
        ("高总 13800138000 三访 意向70", said(phone=P, name="高总", intention=70, stage=3)),
        ("高总 13800138000 第一次联系 有意向", said(phone=P, name="高总", stage=0)),
        ("13800138000 有意向百分之七十", said(phone=P, intention=70)),
        ("欧阳女士 13800138000 感兴趣 意向八十", said(phone=P, name="欧阳女士", intention=80)),
        ("李总 13800138000 接通 有意向", said(phone=P, name="李总")),
        ("李总 13800138000 接通了,有意向60%", said(phone=P, name="李总", intention=60)),
        ("李总 13800138000 有意向的", said(phone=P, name="李总")),
        ("李总 13800138000 意向八成五", said(phone=P, name="李总", intention=85)),
        ("李总 13800138000 意向:80分", said(phone=P, name="李总", intention=80)),
        ("李总 13800138000 意向度90%以上", said(phone=P, name="李总", intention=90)),
        ("李总 13800138000 有兴趣了解官网", said(phone=P, name="李总", note="了解官网")),
        (
            "李总 13800138000 比较有意向,大概70%,等老板回来定",
            said(phone=P, name="李总", intention=70, note="等老板回来定"),
        ),
        ("李总 13800138000 有点意向 40", said(phone=P, name="李总", intention=40)),
        ("李总 13800138000 40意向", said(phone=P, name="李总", intention=40)),
        ("李总 13800138000 回访第二次 有意向", said(phone=P, name="李总", stage=2)),
        (
            "李总 13800138000 有意向 七成 下下周三 下午两点 要报价",
            said(phone=P, name="李总", intention=70, at="12-02 14:00", note="要报价"),
        ),
        (
            "李总 13800138000 有意向,预算1.2万,下周二10:30",
            said(phone=P, name="李总", at="11-24 10:30", note="预算1.2万"),
        ),
        ("李总 13800138000 意向70,要2个400电话", said(phone=P, name="李总", intention=70, note="要2个400电话")),
        (
            "李总 13800138000 3个门店 要地图标注 意向60",
            said(phone=P, name="李总", intention=60, note="3个门店 要地图标注"),
        ),
        (
            "李总 13800138000 想做400 意向50% 后天10点半",
            said(phone=P, name="李总", intention=50, at="11-23 10:30", note="想做400"),
        ),
    ],
    "visit": [
        ("记 赵校长 约周四下午2点见面 带合同", said(name="赵校长", at="11-26 14:00", note="带合同")),
        ("约访 周四下午两点 他公司", said(at="11-26 14:00", note="他公司")),
        (
            "马老师 13800138000 约了周五下午3点半上门 带样品",
            said(phone=P, name="马老师", at="11-27 15:30", note="带样品"),
        ),
        ("吴经理 13800138000 回访3 约见面 下周四下午4点", said(phone=P, name="吴经理", stage=3, at="11-26 16:00")),
        (
            "欧阳女士 13800138000 有意向 意向度:80 下下周一见面",
            said(phone=P, name="欧阳女士", intention=80, at="11-30 09:00"),
        ),
        (
            "司马先生 13800138000 邀约 11月26日下午2点 到公司",
            said(phone=P, name="司马先生", at="11-26 14:00", note="到公司"),
        ),
        ("黄校长 13800138000 约好11-26 15:00 面谈", said(phone=P, name="黄校长", at="11-26 15:00")),
        (
            "黄校长 13800138000 约下周三上午十点来公司参观",
            said(phone=P, name="黄校长", at="11-25 10:00", note="来公司参观"),
        ),
        ("李总 13800138000 礼拜三下午2:30见面", said(phone=P, name="李总", at="11-25 14:30")),
        ("记 欧阳雪 13800138000 约访 周五上午 她店里", said(phone=P, name="欧阳雪", at="11-27 09:00", note="她店里")),
        (
            "张经理 13800138000 对小程序商城很感兴趣 意向八成 周四上午带案例上门",
            said(phone=P, name="张经理", intention=80, at="11-26 09:00", note="对小程序商城很感兴趣 带案例上门"),
        ),
        ("孙姐 13800138000 已约周三下午2点到店面谈", said(phone=P, name="孙姐", at="11-25 14:00", note="到店面谈")),
        ("何工 13800138000 邀约成功 周五10点来公司", said(phone=P, name="何工", at="11-27 10:00", note="来公司")),
        ("王总 11/25 14:30 见面", said(name="王总", at="11-25 14:30")),
        ("王总 26号下午3点上门 地址: 中山路88号", said(name="王总", at="11-26 15:00", note="地址: 中山路88号")),
        ("黄总 13800138000 约见", said(phone=P, name="黄总")),
        (
            "李总 13800138000 有意向80% 约下周三下午2点上门 带方案和合同",
            said(phone=P, name="李总", intention=80, at="11-25 14:00", note="带方案和合同"),
        ),
        (
            "记 吴总 13800138000 邀约 后天上午十点 来公司看看",
            said(phone=P, name="吴总", at="11-23 10:00", note="来公司看看"),
        ),
        (
            "高总 13800138000 明天下午发合同 后天上门签",
            said(phone=P, name="高总", at="11-23 09:00", note="明天下午发合同 签"),
        ),
        ("马总(五金城) 13800138000 约访 明天下午", said(phone=P, name="马总", at="11-22 14:00", note="(五金城)")),
        ("李总 13800138000 约明天上午10点到公司详谈", said(phone=P, name="李总", at="11-22 10:00", note="到公司详谈")),
        ("李总 13800138000 邀约到访 周六上午10点", said(phone=P, name="李总", at="11-21 10:00")),
        ("李总 13800138000 同意上门 后天下午", said(phone=P, name="李总", at="11-23 14:00", note="同意上门")),
        ("李总 13800138000 同意见面 时间待定", said(phone=P, name="李总", note="同意见面 时间待定")),
        (
            "李总 13800138000 周三前要方案 周五10点约见面",
            said(phone=P, name="李总", at="11-27 10:00", note="周三前要方案"),
        ),
        ("李总 13800138000 第5次回访 约周五下午两点上门", said(phone=P, name="李总", stage=5, at="11-27 14:00")),
    ],
    "signed": [
        ("李总 13800138000 签了", said(phone=P, name="李总")),
        ("李总 13800138000 成交 5000", said(phone=P, name="李总", note="5000")),
        ("张总 138 0013 8000 已成交 5800官网", said(phone=P, name="张总", note="5800官网")),
        ("李总 13800138000 已经签合同了 5000", said(phone=P, name="李总", note="5000")),
        ("李总 13800138000 签单了!!", said(phone=P, name="李总")),
        ("李总 13800138000 成了", said(phone=P, name="李总")),
        ("李总 13800138000 定金交了 有意向", said(phone=P, name="李总", note="有意向")),
        ("周总 13800138000 成交5000", said(phone=P, name="周总", note="5000")),
        ("周总 13800138000 成交了 官网5800", said(phone=P, name="周总", note="官网5800")),
        ("周总 13800138000 谈成了", said(phone=P, name="周总")),
        ("周总 13800138000 已签约 下周一上门收款", said(phone=P, name="周总", at="11-23 09:00", note="上门收款")),
        ("记 唐总 13800138000 成交 5800 官网", said(phone=P, name="唐总", note="5800 官网")),
        ("李总 13800138000 已签合同 8000元", said(phone=P, name="李总", note="已签合同 8000元")),
        ("李总 13800138000 签约成功", said(phone=P, name="李总")),
        ("李总 13800138000 成功签单 5800", said(phone=P, name="李总", note="5800")),
        ("李总 13800138000 第四次回访 成交", said(phone=P, name="李总", stage=4)),
    ],
    "dnc": [
        ("李总 13800138000 别再打了", said(phone=P, name="李总")),
        ("李总 13800138000 让我别再打了 再打投诉", said(phone=P, name="李总", note="再打投诉")),
        ("没兴趣,别打了", said(note="没兴趣")),
        ("13800138000 谢绝来电", said(phone=P)),
        ("13800138000 说再打就投诉", said(phone=P, note="说再打就投诉")),
        ("13800138000 客户很生气,让我们不要再打电话了", said(phone=P, note="客户很生气,让我们不要再打电话了")),
        ("钱经理 13800138000 骂人 拉黑", said(phone=P, name="钱经理", note="骂人")),
        ("钱经理 13800138000 要求不要再打", said(phone=P, name="钱经理")),
        ("钱经理 13800138000 再打就报警", said(phone=P, name="钱经理")),
        ("钱经理 13800138000 不要打电话来了", said(phone=P, name="钱经理")),
        ("记 何总 13800138000 谢绝来电", said(phone=P, name="何总")),
        ("高总 13800138000 别打了", said(phone=P, name="高总")),
        ("高总 13800138000 投诉我们", said(phone=P, name="高总", note="投诉我们")),
        ("李总 13800138000 黑名单", said(phone=P, name="李总")),
        ("李总 13800138000 请勿来电", said(phone=P, name="李总")),
        ("李总 13800138000 不要再联系我了", said(phone=P, name="李总")),
        ("李总 13800138000 永远不要打来", said(phone=P, name="李总")),
    ],
    None: [
        ("佢话得闲先倾", said(note="佢话得闲先倾")),
        ("为接", said(note="为接")),
        ("李总 13800138000 70% 下周二", said(phone=P, name="李总", intention=70, at="11-24 09:00")),
        ("李总 13800138000 七成 明天下午", said(phone=P, name="李总", intention=70, at="11-22 14:00")),
        ("李总 13800138000 周四签合同", said(phone=P, name="李总", at="11-26 09:00", note="签合同")),
        ("13800138000", said(phone=P)),
        ("记 13800138000", said(phone=P)),
        ("记", said()),
        ("记得给李总发方案", said(name="李总", note="记得给李总发方案")),
        ("李总 优惠20% 没谈拢", said(name="李总", note="优惠20% 没谈拢")),
        ("李总 13800138000 10分钟后", said(phone=P, name="李总", at="11-21 09:40")),
        ("王总 3点", said(name="王总", at="11-21 15:00")),
        ("孙姐 明早", said(name="孙姐", at="11-22 09:00")),
        ("李明要方案 13800138000", said(phone=P, name="李明", note="要方案")),
        ("回访 10点 李总", said(name="李总", at="11-21 10:00", note="回访")),
        ("回访1 李总 13800138000 说考虑一下", said(phone=P, name="李总", stage=1, note="说考虑一下")),
        ("孙姐 在忙", said(name="孙姐", note="在忙")),
        ("何工 没接受 说再考虑", said(name="何工", note="没接受 说再考虑")),
        ("赵总 13800138000 加微信了 让发资料", said(phone=P, name="赵总", note="加微信了 让发资料")),
        ("吴经理 13800138000 首次联系 加了微信", said(phone=P, name="吴经理", stage=0, note="加了微信")),
        ("李总 13800138000 意向不大", said(phone=P, name="李总", note="意向不大")),
        ("李总 13800138000 有需要再联系", said(phone=P, name="李总", note="有需要再联系")),
        ("李总 13800138000 约周三", said(phone=P, name="李总", at="11-25 09:00")),
        ("李总 13800138000 周三下午约", said(phone=P, name="李总", at="11-25 14:00")),
        ("李总 13800138000 明天过来签合同", said(phone=P, name="李总", at="11-22 09:00", note="过来签合同")),
        ("李总 13800138000 下周五之前给方案", said(phone=P, name="李总", at="11-27 09:00", note="给方案")),
        ("李总 13800138000 星期天上午", said(phone=P, name="李总", at="11-22 09:00")),
        ("李总 13800138000 后天", said(phone=P, name="李总", at="11-23 09:00")),
        ("李总 13800138000 大后天10点", said(phone=P, name="李总", at="11-24 10:00")),
        ("李总 13800138000 12点半", said(phone=P, name="李总", at="11-21 12:30")),
        ("李总 13800138000 明晚7点", said(phone=P, name="李总", at="11-22 19:00")),
        ("李总 13800138000 今晚8点", said(phone=P, name="李总", at="11-21 20:00")),
        ("李总 13800138000 12月1号", said(phone=P, name="李总", at="12-01 09:00")),
        ("hello", said(note="hello")),
        ("今天好累啊", said(note="今天好累啊")),
        ("下午开会", said(note="下午开会")),
        ("战线", said(note="战线")),
        ("李总 13800138000 站线", said(phone=P, name="李总", note="站线")),
        ("李总 为接", said(name="李总", note="为接")),
        ("李总 13800138000 有一项70%", said(phone=P, name="李总", intention=70, note="有一项")),
        ("李总 13800138000 有意象", said(phone=P, name="李总", note="有意象")),
        ("李总 13800138000 挂短", said(phone=P, name="李总", note="挂短")),
        ("何工 13800138000 邀约失败", said(phone=P, name="何工", note="邀约失败")),
        ("何工 13800138000 不方便见面", said(phone=P, name="何工", note="不方便见面")),
        ("何工 13800138000 考虑一下 下周给答复", said(phone=P, name="何工", note="考虑一下 下周给答复")),
        ("何工 13800138000 等通知", said(phone=P, name="何工", note="等通知")),
        ("周总 13800138000 准备签单", said(phone=P, name="周总", note="准备签单")),
        ("周总 13800138000 答应签了 明天打款", said(phone=P, name="周总", at="11-22 09:00", note="答应签了 打款")),
        ("周总 13800138000 没签成", said(phone=P, name="周总", note="没签成")),
        ("周总 意向不高", said(name="周总", note="意向不高")),
        ("周总 意向0", said(name="周总", intention=0)),
        ("周总 六成把握", said(name="周总", intention=60)),
        ("周总 一半意向", said(name="周总", note="一半意向")),
        ("周总 50%", said(name="周总", intention=50)),
        ("周总 首付30%太高", said(name="周总", note="首付30%太高")),
        ("王总 下周三前给答复", said(name="王总", at="11-25 09:00", note="给答复")),
        ("王总 下周", said(name="王总", note="下周")),
        ("王总 下周五", said(name="王总", at="11-27 09:00")),
        ("王总 明天25点", said(name="王总", note="明天25点")),
        ("王总 11.25下午", said(name="王总", at="11-25 14:00")),
        ("黄总 13800138000(微信同号) 加微信了", said(phone=P, name="黄总", note="(微信同号) 加微信了")),
        ("黄总 13800138000 约下午", said(phone=P, name="黄总", at="11-21 14:00")),
        ("高总 13800138000 约周五下午3点半视频会议", said(phone=P, name="高总", at="11-27 15:30", note="视频会议")),
        ("高总 13800138000 没时间", said(phone=P, name="高总", note="没时间")),
        ("高总 13800138000 没空 改天", said(phone=P, name="高总", note="没空 改天")),
        ("高总 13800138000 说考虑考虑 过两天给答复", said(phone=P, name="高总", note="说考虑考虑 过两天给答复")),
        ("高总 13800138000 下周一到周三都行", said(phone=P, name="高总", at="11-23 09:00", note="下周一到周三都行")),
        ("高总 13800138000 周二或周三下午", said(phone=P, name="高总", at="11-24 14:00", note="周二或周三下午")),
        ("高总 13800138000 12-01 上午", said(phone=P, name="高总", at="12-01 09:00")),
        ("高总 13800138000 意向一百二", said(phone=P, name="高总", note="意向一百二")),
        ("高总 13800138000 嫌贵", said(phone=P, name="高总", note="嫌贵")),
        ("高总 13800138000 价格谈不拢 想便宜一点", said(phone=P, name="高总", note="价格谈不拢 想便宜一点")),
        ("高总 13800138000 便宜一点就签", said(phone=P, name="高总", note="便宜一点就签")),
        ("高总 13800138000 早一点打", said(phone=P, name="高总", note="早一点打")),
        ("高总 13800138000 回访2次了 还没定", said(phone=P, name="高总", stage=2, note="还没定")),
        ("高总 13800138000 先别打 等我电话", said(phone=P, name="高总", note="先别打 等我电话")),
        ("高总 13800138000 通了没声音", said(phone=P, name="高总", note="通了没声音")),
        ("高总 13800138000 接通了", said(phone=P, name="高总", note="接通了")),
        ("佢话听日得闲先倾", said(note="佢话听日得闲先倾")),
        ("李总李总李总", said(name="李总", note="李总李总")),
        ("70%", said(intention=70)),
        ("下周二10点", said(at="11-24 10:00")),
        ("李总 13800138000 明天上午10点详谈", said(phone=P, name="李总", at="11-22 10:00", note="详谈")),
        (
            "李总 13800138000 对价格有异议 周五前回复",
            said(phone=P, name="李总", at="11-27 09:00", note="对价格有异议 回复"),
        ),
        ("李总 13800138000 接了 说没空", said(phone=P, name="李总", note="接了 说没空")),
        ("李总 13800138000 通了不说话", said(phone=P, name="李总", note="通了不说话")),
        ("李总 13800138000 网络不好 听不清", said(phone=P, name="李总", note="网络不好 听不清")),
        ("李总 13800138000 发了方案 等回复", said(phone=P, name="李总", note="发了方案 等回复")),
        ("李总 13800138000 意向一般 三四成", said(phone=P, name="李总", note="意向一般 三四成")),
        ("李总 13800138000 40%", said(phone=P, name="李总", intention=40)),
        ("李总 13800138000 已回访1次", said(phone=P, name="李总", stage=1)),
        ("李总 13800138000 三次回访", said(phone=P, name="李总", stage=3)),
        ("李总 13800138000 回访 下周一", said(phone=P, name="李总", at="11-23 09:00", note="回访")),
        ("李总 13800138000 下周二10点前 发方案", said(phone=P, name="李总", at="11-24 10:00", note="发方案")),
        ("李总 13800138000 转给王经理 13900139000", said(phone=P, name="李总", note="转给王经理 13900139000")),
        ("李总 13800138000 资料发邮箱 abc@qq.com", said(phone=P, name="李总", note="资料发邮箱 abc@qq.com")),
        ("李总 13800138000 要官网 5800 分两期", said(phone=P, name="李总", note="要官网 5800 分两期")),
        ("李总 13800138000 要400电话", said(phone=P, name="李总", note="要400电话")),
    ],
}

ROWS = [(line, replace(draft, outcome=outcome)) for outcome, rows in LINES.items() for line, draft in rows]


def bare(draft: CallDraft) -> CallDraft:
    """The draft without what is only for the asking: problems and suggestions."""
    return replace(draft, problems=(), suggestions=())


@pytest.mark.parametrize(("line", "meant"), ROWS, ids=[line for line, _ in ROWS])
def test_a_typed_line_is_understood(line: str, meant: CallDraft) -> None:
    assert bare(parse_call(line, NOW)) == meant


@pytest.mark.parametrize(("line", "meant"), ROWS, ids=[line for line, _ in ROWS])
def test_the_words_of_the_sample_policy_mean_the_same(line: str, meant: CallDraft) -> None:
    sample = policy.load(SAMPLE.read_text(encoding="utf-8"))

    assert bare(parse_call(line, NOW, tuple(sample.on(NOW.date()).calls.outcomes))) == meant


def test_the_tables_are_long_and_no_line_stands_twice() -> None:
    lines = [line for line, _ in ROWS]

    assert len(lines) >= 300
    assert len(lines) == len(set(lines))


def test_the_built_in_outcomes_are_those_of_the_sample_policy() -> None:
    sample = policy.load(SAMPLE.read_text(encoding="utf-8")).on(NOW.date()).calls.outcomes

    assert [(o.code, o.zh, o.en, o.connected, o.wants, o.dnc) for o in OUTCOMES] == [
        (o.code, o.zh, o.en, o.connected, o.wants, o.dnc) for o in sample
    ]


# --- What could not be read is said -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "key", "seen"),
    [
        ("李总 1380013800 没接", "phones.length", "1380013800"),
        ("李总 138001380001 有意向", "phones.length", "138001380001"),
        ("李总 １３８００１３８００ 没接", "phones.length", "１３８００１３８００"),
        ("高总 23800138000 没接", "phones.unknown", "23800138000"),
        ("高总 010-6265123 没接", "phones.unknown", "010-6265123"),
        ("高总 62651234 没接", "phones.no_area_code", "62651234"),
        ("王总 2月30日 再打", "when.impossible", "2月30日"),
        ("王总 11月31日再打", "when.impossible", "11月31日"),
        ("王总 明天25点", "when.impossible", "明天25点"),
        ("王总 昨天10点再打", "when.past", "昨天10点"),
        ("王总 今天8点回电", "when.past", "今天8点"),
        ("王总 2026-11-20 10:00 再打", "when.past", "2026-11-20 10:00"),
        ("王总 意向120%", "calls.intention_range", "120%"),
        ("王总 意向-10%", "calls.intention_range", "-10%"),
    ],
)
def test_what_cannot_be_is_a_problem_and_stays_in_the_note(line: str, key: str, seen: str) -> None:
    draft = parse_call(line, NOW)

    assert [(problem.key, problem.seen) for problem in draft.problems] == [(key, seen)]
    assert seen in (draft.note or "")


def test_a_number_of_the_wrong_length_says_how_many_digits_it_has() -> None:
    (problem,) = parse_call("李总 1380013800 没接", NOW).problems

    assert problem.params == {"digits": 10}


@pytest.mark.parametrize(
    ("line", "codes"),
    [
        ("为接", ("no_answer",)),
        ("李总 13800138000 为接", ("no_answer",)),
        ("战线", ("busy",)),
        ("李总 13800138000 挂短", ("hung_up",)),
        ("李总 13800138000 有意象", ("interested",)),
        ("李总 13800138000 据绝", ("refused",)),
        ("李总 13800138000 停鸡", ("invalid",)),
        ("李总 13800138000 约放", ("visit",)),
    ],
)
def test_a_slip_of_the_input_method_is_suggested_and_not_applied(line: str, codes: tuple[str, ...]) -> None:
    draft = parse_call(line, NOW)

    assert draft.outcome is None
    assert draft.suggestions == codes
    assert line.rsplit(maxsplit=1)[-1] in (draft.note or "")


@pytest.mark.parametrize(
    ("line", "first"),
    [
        ("孙姐 在忙", "callback"),
        ("李总 意向不大", "refused"),
        ("李总 考虑一下", "interested"),
        ("李总 嫌贵", "refused"),
        ("李总 约周三", "visit"),
        ("李总 有需要再联系", "refused"),
        ("李总 准备签单", "interested"),
    ],
)
def test_what_is_only_hinted_at_is_asked(line: str, first: str) -> None:
    draft = parse_call(line, NOW)

    assert draft.outcome is None
    assert draft.suggestions[0] == first


def test_nothing_is_suggested_once_the_outcome_is_known() -> None:
    assert parse_call("李总 嫌贵 拒绝", NOW).suggestions == ()


# --- The vocabulary is data -------------------------------------------------------------------------------------------

WECHAT = Outcome("wechat", "加微信", "WeChat added", ("加微信", "加了微信", "加上微信了"))


def test_a_company_adds_an_outcome_of_its_own() -> None:
    draft = parse_call("李总 13800138000 加了微信 要方案", NOW, (*OUTCOMES, WECHAT))

    assert (draft.outcome, draft.note) == ("wechat", "要方案")


def test_an_outcome_that_a_company_does_not_have_is_never_understood_or_suggested() -> None:
    few = tuple(outcome for outcome in OUTCOMES if outcome.code in {"no_answer", "signed"})

    for line, _ in ROWS:
        draft = parse_call(line, NOW, few)
        assert draft.outcome in {None, "no_answer", "signed"}
        assert set(draft.suggestions) <= {"no_answer", "signed"}


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        ("有意向", "interested"),
        ("没有意向", "refused"),
        ("不是很有意向", "refused"),
        ("别再打了", "dnc"),
        ("再打", "callback"),
        ("不要", "refused"),
        ("不要专票 有意向", "interested"),
        ("要不要", None),
        ("不接受这个价格", None),
        ("没接触过", None),
        ("没签单", None),
        ("未成交", None),
        ("变成了", None),
        ("绕过前台", None),
        ("挂号", None),
    ],
)
def test_the_longest_word_wins_and_a_negated_word_is_not_said(line: str, outcome: str | None) -> None:
    assert parse_call(line, NOW).outcome == outcome


def test_a_free_number_in_the_note_does_not_become_an_intention_or_a_stage() -> None:
    draft = parse_call("李总 13800138000 有意向 优惠20% 要3套 回访客户5个", NOW)

    assert (draft.intention, draft.stage) == (None, None)


# --- Is it one at all? ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "line",
    [
        "记 李总 13800138000 没接",
        "记李总没接",
        "13800138000",
        "13800138000 没接",
        "李总 13800138000",
        "王女士 说下礼拜再讲,意向40",
        "钱经理嫌贵 让我月底再打",
        "138 0013 8000 没接",
        "李总 1380013800 没接",
        "/call 李总 13800138000",
        "回访2 周总 没接",
    ],
)
def test_a_line_about_a_call_is_taken_for_one(line: str) -> None:
    assert looks_like_call(line)
    assert not looks_like_deal(line)
    assert not looks_like_counts(line, NOW)


@pytest.mark.parametrize(
    "line",
    [
        "今天好累啊",
        "记得给李总发方案",
        "记者来了",
        "李总没接怎么办?",
        "有意向的客户怎么跟?",
        "李总那单什么时候确认?",
        "下午开会",
        "佢话得闲先倾",
        "为接",
        "没接",
        "hello",
        "",
        "   ",
        "👍",
        "报单 5000 自拓 李总 13800138000",
        "今天 拨打120 接通45",
        "请大家把没接的客户明天都再打一遍,王总那边也联系一下,有意向的客户先回访,下班前把今天的数字报给我,谢谢大家辛苦了",
        "这个客户 13800138000 是谁的?",
    ],
)
def test_ordinary_chat_is_left_alone(line: str) -> None:
    assert not looks_like_call(line)


@pytest.mark.parametrize("line", ["报单 5000 自拓", "报单5000", "/deal 5000 own", "  报单 7000 代理 王代表"])
def test_a_deal_begins_with_its_word(line: str) -> None:
    assert looks_like_deal(line)


@pytest.mark.parametrize("line", ["5000 自拓", "报单流程", "报单怎么填?", "昨天的报单确认了吗?", "今天报单了"])
def test_talk_about_deals_is_no_deal(line: str) -> None:
    assert not looks_like_deal(line)


# --- For any text -----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(
    [
        "记",
        "李总",
        "张三",
        "王女士",
        "13800138000",
        "1380013800",
        "有意向",
        "70%",
        "意向",
        "下周二",
        "10点",
        "明天",
        "没接",
        "前台",
        "不给转",
        "约",
        "见面",
        "要方案",
        "回访2",
        "陌开",
        "再打",
        "月底",
        "别",
        "不",
        "有",
        "了",
        ",",
        "。",
        "(",
        ")",
        "%",
        "-",
        "+",
        "2月30日",
        "昨天",
        "3-4点",
        "一点",
        "五千",
        "\x00",
        "\u200b",
        "😀",
        "¥",
        "\n",
        "半小时后",
        "周一",
        "周",
        "成",
        "百分之",
    ]
)
TYPED = st.one_of(
    st.text(max_size=120),
    st.lists(WORDS, max_size=14).map("".join),
    st.lists(WORDS, max_size=14).map(" ".join),
)


@settings(max_examples=400, deadline=None)
@given(TYPED)
@example("\ud800")
@example("İ" * 40)
def test_no_text_is_refused_and_every_draft_is_sound(text: str) -> None:
    draft = parse_call(text, NOW)

    assert draft.next_contact is None or draft.next_contact > NOW
    assert draft.next_contact is None or draft.next_contact.utcoffset() == timedelta(hours=8)
    assert draft.intention is None or 0 <= draft.intention <= 100
    assert draft.stage is None or 0 <= draft.stage <= 20
    assert draft.outcome in {None, *(outcome.code for outcome in OUTCOMES)}
    assert draft.phone is None or draft.phone.startswith("+")
    assert draft.name != ""
    assert draft.note != ""
    assert draft.note is None or "\x00" not in draft.note
    assert looks_like_call(text) in {True, False}


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="方案报价专票官网小程序加急", min_size=1, max_size=30))
def test_what_is_not_understood_is_kept_as_typed(rest: str) -> None:
    assert parse_call(f"记 李总 13800138000 没接 {rest}", NOW).note == rest


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.integers(0, 100), st.integers(1, 20))
def test_number_intention_and_stage_survive_any_company_order(phone: str, intention: int, stage: int) -> None:
    for line in (
        f"记 李总 {phone} 回访{stage} 有意向{intention}% 要方案",
        f"{phone}李总 回访{stage} 要方案 意向{intention}",
        f"李总 要方案 意向{intention}% 回访{stage} {phone[:3]} {phone[3:7]} {phone[7:]}",
    ):
        draft = parse_call(line, NOW)
        assert (draft.phone, draft.intention, draft.stage, draft.name, draft.note) == (
            f"+86{phone}",
            intention,
            stage,
            "李总",
            "要方案",
        )
        assert mask(draft.phone or "") == f"{phone[:3]}****{phone[-4:]}"
        assert dialled(draft.phone or "") == phone


@pytest.mark.parametrize("zone", [UTC, timezone(timedelta(hours=-7)), ZoneInfo("Europe/Berlin")], ids=str)
def test_the_answer_is_in_the_zone_of_the_question(zone: timezone | ZoneInfo) -> None:
    draft = parse_call("李总 下周二10点", NOW.astimezone(zone))

    assert draft.next_contact == datetime(2026, 11, 24, 10, tzinfo=zone)


@pytest.mark.parametrize(
    "part",
    [
        "说让我",
        "李总 ",
        "没接",
        "意向7",
        "13",
        "138 ",
        "回访",
        "再打 ",
        "下周二",
        ",",
        "(",
        "一",
        "a",
        "😂",
        "明天打",
        "3-",
        "不要",
    ],
)
def test_ten_thousand_characters_cost_no_more_than_a_moment(part: str) -> None:
    parse_call("没接", NOW)  # the words are compiled once
    started = perf_counter()
    draft = parse_call("记 李总 13800138000 没接 " + (part * 10_000)[:10_000], NOW)

    assert perf_counter() - started < 2  # a catastrophic pattern would take minutes
    assert draft.phone == P
    assert len(draft.note or "") > 9_000
