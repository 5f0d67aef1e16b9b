"""Warnings as people see them."""

import sys

import pytest

from stratolite.cli import terminal
from stratolite.cli.steps import Steps
from stratolite.core.warning import Warning


def test_one_warning_is_a_line_and_several_are_a_block(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.warn_all([Warning("old", "serverless.yml:3:1")])
    terminal.warn_all([])
    assert capsys.readouterr().err == "warning: serverless.yml:3:1: old\n"
    terminal.warn_all([Warning("a"), Warning("these are not set:\n  X  f:1:1")])
    assert capsys.readouterr().err == "2 warnings:\n  - a\n  - these are not set:\n      X  f:1:1\n"


def test_long_lists_end_early() -> None:
    names = ", ".join(f"nodejs{number}.x" for number in range(20))
    assert terminal.shortened(f"one of [{names}]") == (
        "one of [nodejs0.x, nodejs1.x, nodejs2.x, nodejs3.x, nodejs4.x, nodejs5.x and 14 more]"
    )
    assert terminal.shortened("one of [a, b]") == "one of [a, b]"
    assert terminal.shortened(f"[{'x' * 200}]") == f"[{'x' * 200}]"


def test_steps_that_are_over_have_their_time(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps()
    with steps.step("compiling", "compiled"):
        steps.tell("npm ci is run")
        steps.show("[/not markup]")
    with steps.step("deploying", "deployed", "25 resources"):
        pass
    assert "compiled" not in capsys.readouterr().err
    steps.flush()
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("  compiled   0.") and first.endswith(" s")
    assert second.startswith("  deployed   0.") and second.endswith(" s  25 resources")


def test_a_redeployment_has_no_lines(capsys: pytest.CaptureFixture[str]) -> None:
    steps = Steps(is_quiet=True)
    with steps.step("compiling", "compiled"):
        pass
    steps.flush()
    assert capsys.readouterr() == ("", "")


def test_a_row_that_is_wider_than_the_terminal_pushes_no_others(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("a" * 30, "AWS::Topic"), ("b", "AWS::Queue"), ("ccc", "AWS::Table")]
    terminal.columns(rows)
    wide = capsys.readouterr().out
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    terminal.columns(rows)
    narrow = capsys.readouterr().out
    assert wide.splitlines()[1] == f"  b{' ' * 31}AWS::Queue"
    assert narrow.splitlines() == [f"  {'a' * 30}  AWS::Topic", "  b    AWS::Queue", "  ccc  AWS::Table"]
