"""``stratolite`` as a whole: how it ends, and in which colours."""

import errno
import sys

import click
import pytest

from stratolite.cli import main, terminal


@click.command()
def complaining() -> None:
    """A command that has something to complain of."""
    terminal.complain("it went wrong")


@pytest.fixture
def terminal_like(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> pytest.CaptureFixture[str]:
    """A command line whose standard error is a terminal."""
    monkeypatch.setitem(main.COMMANDS, "complain", "")
    monkeypatch.setattr(main.Commands, "get_command", lambda *_: complaining)
    monkeypatch.setattr(sys, "argv", ["stratolite", "complain"])
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda stream, color: color is False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return capsys


@pytest.mark.parametrize(
    ("environment", "has_colours"),
    [({}, True), ({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
)
def test_who_wants_no_colours_gets_none(
    terminal_like: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    has_colours: bool,
) -> None:
    # https://no-color.org
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    main.main()
    shown = terminal_like.readouterr().err
    assert click.unstyle(shown) == "error: it went wrong\n"
    assert ("\x1b" in shown) == has_colours


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/data/blobs/1"), "/data/blobs/1: No space left on device"),
        (OSError(errno.ENOSPC, "the commit failed: database or disk is full"), "the commit failed: database or disk"),
    ],
)
def test_a_full_disk_is_told_in_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: OSError, told: str
) -> None:
    def full(**_: object) -> None:
        raise error

    monkeypatch.setattr(main.stratolite, "main", full)
    with pytest.raises(SystemExit) as end:
        main.main()
    shown = capsys.readouterr().err
    assert end.value.code == 1
    assert shown.startswith(f"error: {told}")
    assert "Make room" in shown


@pytest.mark.parametrize(
    ("name", "told"),
    [("deplo", "There is no command 'deplo'. Perhaps 'deploy' is meant.\n"), ("xyz", "There is no command 'xyz'.\n")],
)
def test_a_command_that_there_is_not_is_told_what_may_be_meant(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, told: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["stratolite", name])
    with pytest.raises(SystemExit) as end:
        main.main()
    assert end.value.code == 2
    assert capsys.readouterr().err.endswith(told)


def test_what_is_no_fault_of_the_disk_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(**_: object) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    monkeypatch.setattr(main.stratolite, "main", broken)
    with pytest.raises(OSError, match="Bad file descriptor"):
        main.main()


def test_ctrl_c_says_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def interrupted(**_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(main.stratolite, "main", interrupted)
    with pytest.raises(SystemExit) as end:
        main.main()
    assert (end.value.code, capsys.readouterr().err) == (130, "interrupted\n")
