"""stratolite-patterns in requirements.txt: installed from beside the product, where the version there will do."""

from pathlib import Path

import pytest

from stratolite import __version__
from stratolite.templates.serverless import toolkit

PATTERNS = Path(__file__).parents[3] / "patterns"


@pytest.mark.parametrize(
    ("line", "extras"),
    [
        ("stratolite-patterns", ""),
        ("Stratolite_Patterns[redis]", "[redis]"),
        (f"stratolite-patterns[authorizer,redis]>={__version__}", "[authorizer,redis]"),
        ("  stratolite-patterns >= 0.0.9  # handlers", ""),
        ("stratolite-patterns>=0", ""),
    ],
)
def test_what_ours_meets_is_ours(line: str, extras: str) -> None:
    assert toolkit.by_path(line) == f"{PATTERNS}{extras}"


@pytest.mark.parametrize(
    "line",
    [
        "stratolite-patterns==0.0.9",
        "stratolite-patterns>=99.0",
        "stratolite-patterns>=0.1,<2",
        "stratolite-patterns-extra",
        "stratolite-patterns @ https://example.com/patterns.whl",
        "../patterns[redis]",
        "boto3>=1.34",
        "# stratolite-patterns",
        "",
    ],
)
def test_everything_else_is_pips(line: str) -> None:
    assert toolkit.by_path(line) == line


def test_nothing_is_changed_where_it_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolkit, "place", lambda: None)
    assert toolkit.by_path("stratolite-patterns") == "stratolite-patterns"
