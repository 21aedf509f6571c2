"""The week with half of the company on WeCom: the same facts, the same figures, a form carried across.

Most of its time is waiting: WeCom takes no more than so many messages a minute in one conversation.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.demo.test_week import clean_environment


def test_the_week_comes_out_the_same_with_half_of_the_company_on_wecom(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "bot", "demo", "--script", "week", "--network", "mixed"],
        cwd=tmp_path, env=clean_environment(), capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    told = done.stdout

    assert done.returncode == 0, told[-3000:] + done.stderr[-3000:]
    assert "违规 0" in told
    begun = told.index("林晓燕 ▷  周报")
    killed = told.index("kill -9", begun)
    asked = told.index("林晓燕 ◁  记下了,有一个问题会标给周启明", killed)
    finished = told.index("林晓燕 企微 ◁  ✅ W-2026-47-005", asked)
    assert "林晓燕 企微 ▷  回访 20 个意向客户" in told[asked:finished]
    assert "周启明 企微 ▷  (引用)抬头找小满" in told[finished:]
    for group in (
        "商务一组 ◁  🎉 林晓燕签单 5,000",
        "商务一组 企微 ◁  🎉 林晓燕签单 5,000",
        "全公司群 企微 ◁  📊 本周红榜",
    ):
        assert told.count(group) == 1, group
