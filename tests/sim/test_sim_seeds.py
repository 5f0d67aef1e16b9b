"""Seeded worlds, killed and reopened, whose checkers find nothing."""

from pathlib import Path

from tests.sim.process import ProcessLives
from tests.sim.simulation import simulate


def test_what_must_never_happen_does_not(seed: int, steps: int, tmp_path: Path) -> None:
    trace = simulate(seed, tmp_path / "data", steps)
    assert len(trace) >= steps


def test_a_seed_repeats_exactly(tmp_path: Path) -> None:
    first = simulate(1000, tmp_path / "first", 150)
    second = simulate(1000, tmp_path / "second", 150)
    assert first == second
    assert any("kill" in line for line in first)


def test_a_process_that_is_killed_keeps_its_word(tmp_path: Path) -> None:
    """Real functions, real sockets, ``kill -9``."""
    trace = simulate(3, tmp_path / "data", 60, ProcessLives)
    assert any("kill" in line for line in trace)
