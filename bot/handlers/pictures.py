"""图片 开, 图片 关: pictures, or words alone; 图片 全公司 关 for groups and everybody who has not chosen."""

from __future__ import annotations

from bot.handlers.context import Ctx, Reply
from bot.handlers.routes import routes
from core.usecases import pictures

ON, OFF = {"开", "on"}, {"关", "off"}
COMPANY = {"全公司", "公司", "company"}


@routes.word("图片", "/pictures", "pictures", takes=True, menu=False)
async def switch(ctx: Ctx) -> Reply:
    """For oneself, or with 全公司 for the company."""
    said = ctx.rest.casefold().split()
    company = bool(COMPANY & set(said))
    rest = [word for word in said if word not in COMPANY]
    if len(rest) != 1 or rest[0] not in ON | OFF:
        return ctx.say("pictures.how")
    on = rest[0] in ON
    await pictures.switch(ctx.tx, ctx.me, on=on, company=company)
    return ctx.say(f"pictures.{'on' if on else 'off'}{'_company' if company else ''}")
