"""The collector rests while very many objects are made, and works again afterwards, whatever happened."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import pytest

from core.store.paused_gc import MANY, paused_gc


@pytest.fixture(autouse=True)
def _collecting() -> Iterator[None]:
    gc.enable()
    yield
    gc.enable()


def test_it_rests_for_many_and_not_for_few() -> None:
    with paused_gc(MANY - 1):
        assert gc.isenabled()
    with paused_gc(MANY):
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_works_again_after_an_error() -> None:
    with pytest.raises(ZeroDivisionError), paused_gc(MANY):
        raise ZeroDivisionError

    assert gc.isenabled()


def test_of_two_that_take_turns_the_last_one_sets_it_going() -> None:
    one, other = paused_gc(MANY), paused_gc(MANY)
    one.__enter__()
    other.__enter__()
    one.__exit__(None, None, None)
    assert not gc.isenabled()
    other.__exit__(None, None, None)

    assert gc.isenabled()


def test_where_somebody_stopped_it_for_good_it_stays_stopped() -> None:
    gc.disable()
    with paused_gc(MANY):
        pass

    assert not gc.isenabled()
