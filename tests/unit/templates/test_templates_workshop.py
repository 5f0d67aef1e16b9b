"""Build processes: asked one after another, told apart, ended."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.builds import workshop as rooms
from stratolite.templates.serverless.builds.workshop import Workshop

PROGRAM = """
const { execArgv } = process;
exports.build = async ({ work }) => {
  console.log('what a configuration prints');
  if (work === 'throw') throw new TypeError('not like this');
  if (work === 'die') { console.error('the last words'); process.exit(3); }
  if (work === 'wait') await new Promise(() => setInterval(() => {}, 1000));
  return { errors: work === 'fail' ? ['src/a.ts:1:2: wrong', 'another'] : [], work, execArgv, pid: process.pid };
};
"""


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program beside a worker of its own."""
    worker = tmp_path / "tools" / "worker.cjs"
    worker.parent.mkdir()
    worker.write_text(rooms.WORKER.read_text())
    monkeypatch.setattr(rooms, "WORKER", worker)
    (worker.parent / "tool.cjs").write_text(PROGRAM)
    return worker.parent / "tool.cjs"


def test_one_process_answers_again_and_again(tmp_path: Path, program: Path) -> None:
    with Workshop() as workshop:
        first = workshop.build("tool", program, tmp_path, {"work": "a"})
        second = workshop.build("tool", program, tmp_path, {"work": "b"})
        assert (first["work"], second["work"]) == ("a", "b")
        assert workshop.processes == (first["pid"],) == (second["pid"],)
        with_flags = workshop.build("tool", program, tmp_path, {"work": "c"}, ["--no-warnings"])
        assert with_flags["execArgv"] == ["--no-warnings"]
    assert not Path(f"/proc/{first['pid']}").exists()


def test_what_a_tool_says_is_told_and_the_process_goes_on(tmp_path: Path, program: Path) -> None:
    with Workshop() as workshop:
        with pytest.raises(UserError, match=r"tool did not build the handlers:\nsrc/a\.ts:1:2: wrong\nanother"):
            workshop.build("tool", program, tmp_path, {"work": "fail"})
        with pytest.raises(UserError, match="TypeError: not like this"):
            workshop.build("tool", program, tmp_path, {"work": "throw"})
        assert len(workshop.processes) == 1


def test_a_process_that_dies_is_told_and_started_again(tmp_path: Path, program: Path) -> None:
    with Workshop() as workshop:
        with pytest.raises(UserError, match="the last words"):
            workshop.build("tool", program, tmp_path, {"work": "die"})
        assert workshop.processes == ()
        assert workshop.build("tool", program, tmp_path, {"work": "a"})["work"] == "a"


def test_a_build_has_a_bounded_time(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "BUILD_S_MAX", 0.5)
    with Workshop() as workshop, pytest.raises(UserError, match="did not build"):
        workshop.build("tool", program, tmp_path, {"work": "wait"})


def test_processes_are_bounded(tmp_path: Path, program: Path) -> None:
    folders = [tmp_path / str(place) for place in range(rooms.PROCESSES_MAX + 1)]
    with Workshop() as workshop:
        for folder in folders:
            folder.mkdir()
            workshop.build("tool", program, folder, {"work": "a"})
        assert len(workshop.processes) == rooms.PROCESSES_MAX


def test_without_node_it_is_said(tmp_path: Path, program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with Workshop() as workshop, pytest.raises(UserError, match=r"there is no Node\.js") as error:
        workshop.build("tool", program, tmp_path, {"work": "a"})
    assert "Install Node.js" in error.value.todo
