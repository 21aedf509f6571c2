"""Whose post reaches how far (design: authority is by role and team at the moment of the act)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from core.rules.people import Person, Role, Status, company_wide, leads, manages, oversees

PEOPLE = st.builds(
    Person,
    id=st.integers(1, 5),
    employee_no=st.just("001"),
    name=st.just("林晓燕"),
    role=st.sampled_from(Role),
    status=st.sampled_from([Status.TRAINING, Status.PROBATION, Status.REGULAR]),
    team_id=st.sampled_from([None, 1, 2]),
    team=st.none(),
    hired_on=st.just(date(2024, 3, 1)),
    superior_id=st.none(),
    is_owner=st.booleans(),
)


def somebody(role: Role) -> Person:
    return Person(1, "001", "林晓燕", role, Status.REGULAR, 1, "领航组", date(2024, 3, 1))


def test_manager_assistant_and_director_reach_the_company_and_a_supervisor_leads_a_team() -> None:
    assert {role for role in Role if company_wide(somebody(role))} == {Role.MANAGER, Role.ASSISTANT, Role.DIRECTOR}
    assert {role for role in Role if leads(somebody(role))} == set(Role) - {Role.CLERK, Role.REP}


def test_an_owner_reaches_the_company_whatever_their_post() -> None:
    for role in Role:
        owner = replace(somebody(role), is_owner=True)
        assert company_wide(owner)
        assert leads(owner)


@given(PEOPLE, PEOPLE)
def test_who_decides_about_somebody_sees_them_and_who_reaches_the_company_sees_everybody(
    one: Person, other: Person
) -> None:
    if manages(one, other):
        assert oversees(one, other)
    if company_wide(one):
        assert oversees(one, other)
        assert leads(one)
