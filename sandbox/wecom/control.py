"""The control API of the toy WeCom, below `/api/wecom`: playing members, breaking the lines, looking."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from urllib.parse import quote

from aiohttp import web

from sandbox.body import BadRequestError, needed, optional, read_body
from sandbox.model import from_json
from sandbox.wecom.api import Api
from sandbox.wecom.cipher import lock
from sandbox.wecom.corp import OFFLINE
from sandbox.wecom.hub import WeCom
from sandbox.wecom.model import Group, Member
from sandbox.wecom.render import group_view, member_view, page_message


class Control:
    """HTTP handlers over one toy WeCom."""

    def __init__(self, hub: WeCom) -> None:
        self.hub = hub

    def routes(self) -> list[web.RouteDef]:
        get, post, delete = web.get, web.post, web.delete
        return [
            get("/wecom/ws", self.hub.gateway.handle),
            web.route("*", "/wecom/cgi-bin/{path:.+}", Api(self.hub).handle),
            get("/wecom/file/{name}", self.offered_file),
            get("/api/wecom/state", self.state),
            get("/api/wecom/messages", self.messages),
            post("/api/wecom/send", self.send),
            post("/api/wecom/enter", self.enter),
            post("/api/wecom/press", self.press),
            post("/api/wecom/members", self.add_member),
            post("/api/wecom/members/change", self.change_member),
            post("/api/wecom/groups", self.add_group),
            post("/api/wecom/groups/change", self.change_group),
            post("/api/wecom/console", self.change_console),
            post("/api/wecom/callback", self.set_callback),
            post("/api/wecom/menu", self.menu),
            post("/api/wecom/kick", self.kick),
            post("/api/wecom/token", self.token),
            post("/api/wecom/repeat", self.repeat),
            post("/api/wecom/faults", self.add_fault),
            get("/api/wecom/faults", self.list_faults),
            delete("/api/wecom/faults", self.clear_faults),
            get("/api/wecom/calls", self.calls),
        ]

    # -- looking --------------------------------------------------------------------------------------------

    async def state(self, _request: web.Request) -> web.Response:
        corp, console = self.hub.corp, self.hub.corp.console
        return web.json_response(
            {
                "bot": {"id": console.bot_id, "name": console.bot_name, "connected": self.hub.gateway.connected},
                "app": {
                    "name": console.app_name,
                    "agent_id": console.agent_id,
                    "callback_url": console.callback_url,
                    "trusted": console.trusted,
                    "menu": corp.menu,
                },
                "offline": console.offline,
                "members": [member_view(member) for member in corp.members.values()],
                "groups": [group_view(group) for group in corp.groups.values()],
                "chats": [{"id": chat, "last_message_id": last} for chat, last in corp.last.items()],
            }
        )

    async def messages(self, request: web.Request) -> web.Response:
        chat = self.hub.corp.chats.get(request.query.get("chat", ""), {})
        try:
            limit = max(1, min(5_000, int(request.query.get("limit", "100"))))
            before = int(request.query.get("before", "0"))
        except ValueError:
            raise BadRequestError("limit and before are numbers") from None
        zone = self.hub.net.clock.now().tzinfo
        found = [message for message in chat.values() if not before or message.id < before][-limit:]
        return web.json_response({"messages": [page_message(message, zone) for message in found]})

    async def calls(self, request: web.Request) -> web.Response:
        since = request.query.get("since", "0")
        if not since.isdigit():
            raise BadRequestError("since is a number")
        return web.json_response([call for call in self.hub.calls if call["n"] > int(since)])

    async def offered_file(self, request: web.Request) -> web.Response:
        """What somebody sent, encrypted with the key the bot was told; five minutes long."""
        found = self.hub.gateway.offered(request.match_info["name"])
        file = self.hub.net.files.get(found[0]) if found else None
        data = self.hub.net.files.read(file) if file else None
        if found is None or file is None or data is None:
            return web.Response(status=404, text="expired")
        headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        return web.Response(body=lock(found[1], data), content_type="application/octet-stream", headers=headers)

    # -- playing members ------------------------------------------------------------------------------------

    async def send(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        message = await self.hub.say(
            needed(body, "as", str),
            optional(body, "chat", str),
            optional(body, "text", str) or "",
            at=bool(body.get("at")),
            quote=optional(body, "quote", int),
            media=optional(body, "media", str),
        )
        return web.json_response({"message": page_message(message, self.hub.net.clock.now().tzinfo)})

    async def enter(self, request: web.Request) -> web.Response:
        """Opening a chat: the bot hears of the first time in a day, the app of every time."""
        body = await read_body(request)
        userid = needed(body, "as", str)
        if optional(body, "chat", str) == "app":
            self.hub.place(self.hub.member(userid), "app")
            self.hub.app_event(userid, "enter_agent", "")
        else:
            await self.hub.open_chat(userid)
        return web.json_response({})

    async def menu(self, request: web.Request) -> web.Response:
        """Choosing an entry of the app's menu by its name."""
        body = await read_body(request)
        self.hub.click(needed(body, "as", str), needed(body, "label", str))
        return web.json_response({})

    async def set_callback(self, request: web.Request) -> web.Response:
        """An administrator saves the callback address: it is verified as the console does. Empty takes it away."""
        url = needed(await read_body(request), "url", str)
        if url:
            await self.hub.callbacks.verify(url)
        else:
            self.hub.corp.console.callback_url = ""
            self.hub.changed()
        return web.json_response({})

    async def press(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        chosen = optional(body, "chosen", dict) or {}
        if not all(isinstance(ids, list) and all(isinstance(one, str) for one in ids) for ids in chosen.values()):
            raise BadRequestError("chosen maps questions to lists of option ids")
        times = optional(body, "times", int) or 1
        for _ in range(max(1, min(50, times))):
            await self.hub.press(
                needed(body, "as", str),
                needed(body, "chat", str),
                needed(body, "message", int),
                needed(body, "key", str),
                chosen,
            )
        return web.json_response({})

    async def add_member(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        userid = needed(body, "userid", str)
        if self.hub.corp.member(userid) is not None:
            raise BadRequestError(f"{userid} exists already")
        self.hub.corp.add(from_json(Member, {"name": userid, **body}))
        self.hub.changed()
        return web.json_response({"userid": userid})

    async def change_member(self, request: web.Request) -> web.Response:
        """Leaves, comes into or falls out of the app's visible range, is shown to the bot under another id."""
        body = await read_body(request)
        member = self.hub.corp.members.get(needed(body, "userid", str))
        if member is None:
            raise BadRequestError("there is no such member")
        if "left" in body:
            member.left = needed(body, "left", bool)
        if "visible" in body and member.visible != needed(body, "visible", bool):
            member.visible = bool(body["visible"])
            self.hub.app_event(member.userid, "subscribe" if member.visible else "unsubscribe")
        if "sealed" in body:
            member.sealed = optional(body, "sealed", str)
        self.hub.changed()
        return web.json_response(member_view(member))

    async def add_group(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        group = from_json(Group, {"title": needed(body, "id", str), **body})
        if group.id in self.hub.corp.groups or ":" in group.id:
            raise BadRequestError(f"{group.id} cannot be a new group")
        self.hub.corp.groups[group.id] = group
        self.hub.changed()
        return web.json_response({"id": group.id})

    async def change_group(self, request: web.Request) -> web.Response:
        """Members, the bot's presence, webhooks ({key: name})."""
        body = await read_body(request)
        group = self.hub.group(needed(body, "id", str))
        if "bot" in body:
            group.bot = needed(body, "bot", bool)
        if "members" in body:
            group.members = [str(member) for member in needed(body, "members", list)]
        if "robots" in body:
            group.robots = {str(key): str(name) for key, name in needed(body, "robots", dict).items()}
        self.hub.changed()
        return web.json_response(group_view(group))

    async def change_console(self, request: web.Request) -> web.Response:
        """What an administrator switches: trusted addresses, what becomes of messages while no bot is there."""
        body = await read_body(request)
        console = self.hub.corp.console
        if "trusted" in body:
            console.trusted = needed(body, "trusted", bool)
        if "offline" in body:
            if body["offline"] not in OFFLINE:
                raise BadRequestError(f"offline is one of {', '.join(OFFLINE)}")
            console.offline = body["offline"]
        self.hub.changed()
        return web.json_response({})

    # -- breaking -------------------------------------------------------------------------------------------

    async def kick(self, request: web.Request) -> web.Response:
        """The living connection ends: `told` as if another took over, else as if the network went."""
        body = await read_body(request)
        return web.json_response({"kicked": await self.hub.gateway.kick(told=bool(body.get("told")))})

    async def token(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        how = needed(body, "how", str)
        if how not in ("expire", "invalidate"):
            raise BadRequestError("how is expire or invalidate")
        self.hub.tokens.spoil(how)
        return web.json_response({})

    async def repeat(self, request: web.Request) -> web.Response:
        """The last callbacks come again: the bot's (`of` bot), the app's in new envelopes (app), or exactly (exact)."""
        body = await read_body(request)
        last, of = needed(body, "last", int), optional(body, "of", str) or "bot"
        if of == "bot":
            return web.json_response({"repeated": await self.hub.gateway.repeat(last)})
        taken = await self.hub.callbacks.repeat(last, exact=of == "exact")
        return web.json_response({"repeated": len(taken), "taken": taken})

    async def add_fault(self, request: web.Request) -> web.Response:
        try:
            fault = self.hub.faults.add(await read_body(request))
        except (ValueError, TypeError) as error:
            raise BadRequestError(str(error)) from None
        return web.json_response(asdict(fault))

    async def list_faults(self, _request: web.Request) -> web.Response:
        return web.json_response(self.hub.faults.view())

    async def clear_faults(self, _request: web.Request) -> web.Response:
        self.hub.faults.clear()
        nothing: list[Any] = []
        return web.json_response(nothing)
