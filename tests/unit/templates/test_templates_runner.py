"""Commands that install: what is shown of them, and that nothing of them goes on."""

import asyncio
import os
import re
import threading
from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.dependencies import runner as module
from stratolite.templates.dependencies.runner import INTERRUPTED, Patience, Runner

PATH = {"PATH": os.environ["PATH"]}


def test_both_outputs_are_kept_without_colours(tmp_path: Path) -> None:
    ran = Runner(PATH).run(
        ["sh", "-c", "printf '\\033[31mred\\033[0m\\n'; echo $WORD >&2; exit 3"], tmp_path, {"WORD": "x"}
    )
    assert (ran.code, ran.lines) == (3, ("red", "x"))
    error = ran.failed(tmp_path, "Do.")
    assert "failed with exit code 3:\n    red\n    x" in error.what and error.todo == "Do."


def test_what_runs_is_shown_and_for_how_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_S", 0.01)
    shown: list[str] = []
    os.mkfifo(tmp_path / "gate")
    gate = threading.Event()

    def show(text: str) -> None:
        shown.append(text)
        if "working" in text and not gate.is_set():
            gate.set()
            (tmp_path / "gate").write_text("")

    Runner(PATH, show=show).run(["sh", "-c", "echo working; cat gate"], tmp_path, shown="npm ci")
    assert "npm ci · 0 s · working" in shown
    assert shown[-1] == ""


def test_who_leaves_ends_all_that_runs(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")

    def show(text: str) -> None:
        if "started" in text:
            runner.stop()

    runner = Runner(PATH, show=show)
    script = "sh -c 'echo $$ > child; cat gate' & echo $$ > parent; echo started; cat gate"
    with pytest.raises(UserError, match="npm ci was interrupted") as error:
        runner.run(["sh", "-c", script], tmp_path, shown="npm ci")
    assert error.value.exit_code == INTERRUPTED
    for name in ("parent", "child"):
        assert not _is_alive(int((tmp_path / name).read_text()))
    with pytest.raises(UserError, match="interrupted"):
        runner.through(print, print).run(["true"], tmp_path)


async def test_an_event_ends_it_and_so_does_the_end_of_the_block(tmp_path: Path) -> None:
    leaving = asyncio.Event()
    async with asyncio.timeout(60):
        with Runner(PATH).ended_by(leaving) as runner:
            running = asyncio.create_task(asyncio.to_thread(runner.run, ["sleep", "600"], tmp_path))
            leaving.set()
            with pytest.raises(UserError, match="interrupted"):
                await running
    with Runner(PATH).ended_by(asyncio.Event()) as runner:
        pass
    with pytest.raises(UserError, match="interrupted"):
        runner.run(["true"], tmp_path)


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "INSTALL_S_MAX", 0)
    monkeypatch.setattr(module, "STEP_S", 0.01)
    with pytest.raises(UserError, match="sleep 600 did not end within 0 s"):
        Runner(PATH).run(["sleep", "600"], tmp_path)


def test_one_installs_in_a_folder_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_S", 0.01)
    waiting, done = threading.Event(), threading.Event()

    def second() -> None:
        with Runner(PATH, lambda text: waiting.set()).alone(tmp_path):
            done.set()

    thread = threading.Thread(target=second)
    with Runner(PATH).alone(tmp_path):
        thread.start()
        assert waiting.wait(60) and not done.is_set()
    thread.join(60)
    assert done.is_set()


def test_who_waits_for_another_may_leave(tmp_path: Path) -> None:
    waiting = Runner(PATH, lambda text: waiting.stop())
    with Runner(PATH).alone(tmp_path), pytest.raises(UserError, match="interrupted"), waiting.alone(tmp_path):
        raise AssertionError("two are alone")


def test_patience_ends_for_what_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEP_S", 0.01)
    patience = Patience(re.compile("Building"), 0.05, lambda lines: f"gave up {lines[-1]}")
    script = "echo Building x; while true; do echo still running...; read -r nothing < gate; done"
    os.mkfifo(tmp_path / "gate")
    ran = Runner(PATH).run(["bash", "-c", script], tmp_path, patience=patience)
    assert ran.code and ran.lines[-1] == "gave up Building x"


def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing cannot be run"):
        Runner(PATH).run(["nothing"], tmp_path)


def _is_alive(pid: int) -> bool:
    """Whether a process runs: one that ended and that nobody has asked for is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
