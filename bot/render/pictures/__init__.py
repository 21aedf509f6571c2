"""Pictures: boards, celebration cards, the pay card, a team's week, invites. Words come from the locales, looks from *.typ.

A picture is asked for as data (a *drawing*, JSON) and drawn just before it is sent: `await draw(drawing)`.
"""
