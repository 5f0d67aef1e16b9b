"""The dice: ids have their form, and a seed repeats exactly."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from stratolite.core.entropy import SeededEntropy, SystemEntropy


def test_a_seed_repeats_exactly() -> None:
    first, second = SeededEntropy(7), SeededEntropy(7)
    assert [first.uuid(), first.token(9), first.fraction()] == [second.uuid(), second.token(9), second.fraction()]
    assert SeededEntropy(8).uuid() != SeededEntropy(7).uuid()


def test_system_ids_have_their_form() -> None:
    entropy = SystemEntropy()
    assert UUID(entropy.uuid()).version == 4
    assert entropy.uuid() != entropy.uuid()
    assert len(entropy.hexadecimal(7)) == 7
    assert "=" not in entropy.base64url(16)


@given(st.integers(0, 2**32), st.integers(1, 1000))
def test_numbers_stay_in_their_bounds(seed: int, bound: int) -> None:
    entropy = SeededEntropy(seed)
    assert 0 <= entropy.integer(bound) < bound
    assert 0 <= entropy.fraction() < 1


@given(st.integers(0, 100))
def test_the_system_draws_as_many_bytes_as_are_asked_for(count: int) -> None:
    assert len(SystemEntropy().token_bytes(count)) == count


def test_no_two_threads_draw_the_same() -> None:
    entropy = SystemEntropy()
    with ThreadPoolExecutor(8) as threads:
        drawn = list(threads.map(lambda _: entropy.token_bytes(16), range(20_000)))
    assert len(set(drawn)) == len(drawn)
