"""The delays of cold starts, as the documentation lists them."""

import re

from tests.conftest import ROOT

from stratolite.engine import cold_start
from stratolite.engine.runtimes import CUSTOM, NODES, PYTHONS


def test_every_runtime_has_one() -> None:
    for runtime in (*PYTHONS, *NODES, *CUSTOM):
        assert 0.01 <= cold_start.delay_s(runtime) <= 0.2, runtime
    assert cold_start.delay_s("java21") == 0


def test_the_documentation_has_the_same() -> None:
    text = (ROOT / "docs" / "sandbox.md").read_text()
    shown = dict(re.findall(r"^\| `([\w.*]+)`(?: to `[\w.]+`)? \| (\d+) ms \|$", text, re.MULTILINE))
    assert {name: float(ms) / 1000 for name, ms in shown.items()} == {
        name: cold_start.delay_s(name.replace("*", "20.x" if "node" in name else "al2")) for name in shown
    }
    assert len(shown) == 5
