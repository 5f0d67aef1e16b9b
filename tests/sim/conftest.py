"""Options of the simulation: which seeds, how many steps."""

import pytest

SEEDS_DEFAULT = 10
STEPS_DEFAULT = 300


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="repeat this one seed of the simulation")
    parser.addoption("--seeds", type=int, default=SEEDS_DEFAULT, help="how many seeds the simulation runs, from 1")
    parser.addoption("--steps", type=int, default=STEPS_DEFAULT, help="how many steps a seed has")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    # Options of a conftest that is not at the root exist only when its folder is named on the command line.
    option = metafunc.config.getoption
    if "seed" in metafunc.fixturenames:
        one = option("--seed", None)
        metafunc.parametrize("seed", [one] if one is not None else range(1, 1 + option("--seeds", SEEDS_DEFAULT)))


@pytest.fixture
def steps(request: pytest.FixtureRequest) -> int:
    chosen: int = request.config.getoption("--steps", STEPS_DEFAULT)
    return chosen
