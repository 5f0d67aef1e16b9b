"""Handlers: found, or refused where their absence is certain."""

from pathlib import Path

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.document import Mark
from stratolite.templates.serverless.handlers import find, syntax_error

MARK = Mark("serverless.yml", 7, 5)


def found(folder: Path, handler: str, runtime: str, *, elsewhere: bool = False) -> str | None:
    file = find(folder, "hello", handler, runtime, MARK, elsewhere)
    return None if file is None else file.relative_to(folder).as_posix()


def written(folder: Path, name: str, text: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("name", "text", "handler", "runtime"),
    [
        ("app.py", "def handler(e, c): ...", "app.handler", "python3.12"),
        ("src/app.py", "handler = make()", "src/app.handler", "python3.12"),
        ("src/app.py", "handler: int = 1", "src.app.handler", "python3.11"),
        ("app/__init__.py", "class handler: ...", "app.handler", "python3.11"),
        ("app.py", "try:\n  from x import y as handler\nexcept ImportError: ...", "app.handler", "python3.11"),
        ("app.py", "if True:\n  def handler(e, c): ...", "app.handler", "python3.11"),
        ("app.py", "from other import *", "app.handler", "python3.11"),
        ("app.py", "def __getattr__(name): ...", "app.handler", "python3.11"),
        ("app.py", "globals()['handler'] = 1", "app.handler", "python3.11"),
        ("app.py", "this is no Python", "app.handler", "python3.11"),
        ("h.js", "exports.handler = 1", "h.handler", "nodejs20.x"),
        ("src/h.mjs", "export const handler = 1", "src/h.handler", "nodejs20.x"),
        ("src/h.cjs", "module.exports = { handler }", "src/h.handler", "nodejs20.x"),
        ("h.js", "module.exports = { deep: { handler } }", "h.deep.handler", "nodejs20.x"),
        ("h.js", "module.exports = require('./other')", "h.handler", "nodejs20.x"),
        ("h.js", "export * from './other.js'", "h.handler", "nodejs20.x"),
        ("h.js", "Object.assign(exports, other)", "h.handler", "nodejs20.x"),
    ],
)
def test_what_is_there_or_may_be(tmp_path: Path, name: str, text: str, handler: str, runtime: str) -> None:
    written(tmp_path, name, text)
    assert found(tmp_path, handler, runtime) == name


@pytest.mark.parametrize(
    ("name", "text", "handler", "runtime", "what"),
    [
        ("app.py", "def other(): ...", "app.handler", "python3.12", "which"),
        ("app.py", "def other():\n  handler = 1", "app.handler", "python3.12", "does not define"),
        ("h.js", "exports.other = 1 // handlers", "h.handler", "nodejs20.x", "does not define"),
        ("app.py", "", "no.handler", "python3.12", "does not exist"),
        ("h.js", "", "src/h.handler", "nodejs20.x", "does not exist"),
        ("h.js", "", "h", "nodejs20.x", "not of the form"),
        ("app.py", "", "handler", "python3.12", "not of the form"),
    ],
)
def test_what_is_certainly_not_there(
    tmp_path: Path, name: str, text: str, handler: str, runtime: str, what: str
) -> None:
    written(tmp_path, name, text)
    with pytest.raises(UserError) as error:
        found(tmp_path, handler, runtime)
    assert error.value.where == "serverless.yml:7:5"
    assert what in error.value.what and "hello" in error.value.what and handler in error.value.what


def test_a_handler_may_be_in_a_layer_or_of_another_language(tmp_path: Path) -> None:
    assert found(tmp_path, "/opt/nodejs/h.handler", "nodejs20.x", elsewhere=True) is None
    assert found(tmp_path, "whatever", "provided.al2023") is None
    assert found(tmp_path, "com.example.Handler::handle", "java21") is None


@pytest.mark.parametrize(
    ("name", "runtime", "language"), [("app.py", "nodejs20.x", "Python"), ("app.js", "python3.12", "Node")]
)
def test_a_file_of_another_language_is_told(tmp_path: Path, name: str, runtime: str, language: str) -> None:
    written(tmp_path, name, "")
    with pytest.raises(UserError) as error:
        found(tmp_path, "app.handler", runtime)
    assert error.value.todo.startswith(f"{name} is there: set the runtime to one of {language}")


def test_an_edit_is_seen(tmp_path: Path) -> None:
    written(tmp_path, "app.py", "def other(): ...")
    with pytest.raises(UserError):
        found(tmp_path, "app.handler", "python3.12")
    written(tmp_path, "app.py", "def handler(e, c): ...")
    assert found(tmp_path, "app.handler", "python3.12") == "app.py"


@pytest.mark.parametrize(
    ("text", "runtime", "place"),
    [
        ("def handler(event, context)\n    return 1\n", "python3.11", (1, "expected ':'")),
        ("def handler(event, context):\nreturn 1\n", "python3.11", (2, "expected an indented block")),
        ("def handler(event, context):\n    return '\\d'\n", "python3.11", None),
        ("print 'for Python 2'\n", "python2.7", None),
        ("a later syntax\n", "python3.99", None),
    ],
)
def test_a_module_that_cannot_be_read_is_told_as_far_as_that_is_certain(
    tmp_path: Path, text: str, runtime: str, place: tuple[int, str] | None
) -> None:
    written(tmp_path, "app.py", text)
    error = syntax_error(tmp_path / "app.py", runtime)
    assert (error is None) == (place is None)
    if error is not None and place is not None:
        assert error.lineno == place[0] and error.msg.startswith(place[1])
