"""The life of an environment: the table is the whole truth."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stratolite.engine.states import TRANSITIONS, Life, State


@given(st.lists(st.sampled_from(State), max_size=30))
def test_a_life_follows_the_table(wishes: list[State]) -> None:
    life = Life()
    for wish in wishes:
        before = life.state
        if wish in TRANSITIONS[before]:
            assert life.allows(wish)
            life.move(wish)
            assert life.state is wish
        else:
            with pytest.raises(AssertionError, match="is no transition"):
                life.move(wish)
            assert life.state is before


@given(st.lists(st.sampled_from(State), max_size=30))
def test_stopped_is_final(wishes: list[State]) -> None:
    life = Life()
    life.move(State.STOPPED)
    assert not any(life.allows(wish) for wish in wishes)


def test_every_state_is_in_the_table_and_can_stop() -> None:
    assert set(TRANSITIONS) == set(State)
    assert all(State.STOPPED in TRANSITIONS[state] for state in State if state is not State.STOPPED)


def test_only_an_idle_environment_gets_work() -> None:
    assert [state for state in State if State.BUSY in TRANSITIONS[state]] == [State.IDLE]
