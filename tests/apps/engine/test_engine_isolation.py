"""What a sandbox sees of the machine, where namespaces are allowed; and what it cannot harm.

The places and their modes are those of test_lambda.json test_runtime_introspection_x86.
"""

import dataclasses
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from stratolite.core.entropy import SystemEntropy
from stratolite.engine.interpreters import own_python
from stratolite.engine.model import CodeRef, Invocation
from stratolite.engine.pool import Engine

pytestmark = pytest.mark.asyncio(loop_scope="module")

TRY = """
def tried(act, *arguments):
    try:
        return act(*arguments)
    except OSError as error:
        return error.strerror
"""


def is_held(bench: Any, name: str) -> bool:
    """Whether any launcher holds the /tmp of an environment."""
    pids = [launcher.pid for launcher in bench.engine._maker.launchers._launchers.values()]
    return any(name in Path(f"/proc/{pid}/mounts").read_text() for pid in pids)


def same_time(path: Path) -> None:
    """Archives often give all of their files one time."""
    os.utime(path, (315532800, 315532800))


def take_library(path: Path) -> None:
    """Any library will do."""
    library = next(Path("/").glob("usr/lib/*/libz.so.1"), None)
    if library is None:
        pytest.skip("no library to take")
    path.write_bytes(library.read_bytes())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def isolated(bench: Any) -> Any:
    """The bench, where sandboxes have a view of their own."""
    await bench.answer(bench.function("def handler(event, context):\n    return 1\n"))
    if not bench.is_isolated:
        pytest.skip("this machine does not allow namespaces")
    return bench


@pytest_asyncio.fixture(loop_scope="module")
async def open_bench(bench: Any) -> AsyncIterator[Any]:
    """The bench with an engine that does without namespaces."""
    own = bench.engine
    bench.engine = Engine(bench.engine._clock, SystemEntropy(), bench.folder / "open", bench.lines.append, hidden=None)
    yield bench
    await bench.engine.close()
    bench.engine = own


async def test_the_places_are_those_of_aws(isolated: Any) -> None:
    source = """
import os
def handler(event, context):
    return [os.getcwd(), __file__, {place: os.stat(place).st_mode for place in ("/var/task", "/opt", "/tmp")}]
"""
    folder, file, modes = await isolated.answer(isolated.function(source))
    assert (folder, file) == ("/var/task", "/var/task/app.py")
    assert {place: stat.filemode(mode) for place, mode in modes.items() if place != "/var/task"} == {
        "/opt": "drwxr-xr-x",
        "/tmp": "drwxrwxrwt",
    }


async def test_nothing_but_tmp_can_be_written(isolated: Any, layer: Path) -> None:
    (layer / "python").mkdir()
    source = f"{TRY}\ndef handler(event, context):\n    return tried(open, event, 'w') if event[:4] != '/tmp' else "
    source += "open(event, 'w').write('x')\n"
    spec = isolated.function(source, layers=(layer,))
    for place in ("/var/task/new", "/var/task/app.py", "/opt/new", "/opt/python/new", "/etc/new", "/new", "/usr/new"):
        assert await isolated.answer(spec, place) == "Read-only file system", place
    assert await isolated.answer(spec, "/tmp/new") == 1


async def test_the_servers_own_files_are_out_of_sight(isolated: Any) -> None:
    source = f"import os\n{TRY}\ndef handler(event, context):\n    return tried(os.listdir, event)\n"
    spec = isolated.function(source)
    work = isolated.folder / "work"
    assert await isolated.answer(spec, str(work)) in ([], "No such file or directory")
    assert await isolated.answer(spec, "/.host") == []
    assert await isolated.answer(spec, "/tmp") == []
    assert await isolated.answer(spec, "/opt") == []


async def test_tmp_is_limited_and_goes_with_the_environment(isolated: Any) -> None:
    source = """
def handler(event, context):
    try:
        with open("/tmp/big", "wb") as file:
            for _ in range(event):
                file.write(bytes(1024 * 1024))
    except OSError as error:
        return error.strerror
    return "written"
"""
    spec = isolated.function(source, tmp_mb=20)
    assert await isolated.answer(spec, 19) == "written"
    assert await isolated.answer(spec, 21) == "No space left on device"
    environment = next(one for one in isolated.engine._all if one.spec.key == spec.key)
    assert is_held(isolated, environment.folder.name)
    environment.stop()
    held = environment.folder.name
    await isolated.until(lambda: not is_held(isolated, held), "the memory of /tmp is still held")


async def test_layers_are_merged_under_opt(isolated: Any, tmp_path: Path) -> None:
    first, last = tmp_path / "first", tmp_path / "last"
    for folder, text in ((first, "first"), (last, "last")):
        (folder / "python").mkdir(parents=True)
        (folder / "bin").mkdir()
        (folder / "python" / f"{text}.py").write_text(f"name = {text!r}\n")
        (folder / "python" / "both.py").write_text(f"name = {text!r}\n")
        (folder / "bin" / f"say-{text}").write_text(f"#!/bin/sh\necho {text}\n")
        (folder / "bin" / f"say-{text}").chmod(0o755)
    source = """
import os, subprocess
import both, first, last
def handler(event, context):
    run = lambda name: subprocess.run([name], capture_output=True, text=True).stdout.strip()
    said = [run(name) for name in ("say-first", "say-last")]
    return [both.name, first.__file__, last.__file__, said, sorted(os.listdir("/opt"))]
"""
    spec = isolated.function(source, layers=(first, last))
    assert await isolated.answer(spec) == [
        "last",
        "/opt/python/first.py",
        "/opt/python/last.py",
        ["first", "last"],
        ["bin", "python"],
    ]


async def test_node_finds_its_layers(isolated: Any, layer: Path) -> None:
    for place in ("nodejs/node_modules/plain", "nodejs/node20/node_modules/special"):
        (layer / place).mkdir(parents=True)
        (layer / place / "index.js").write_text("module.exports = __filename;\n")
    source = "exports.handler = async () => [require('plain'), require('special'), __filename, process.cwd()];"
    assert await isolated.answer(isolated.function(source, runtime="nodejs20.x", layers=(layer,))) == [
        "/opt/nodejs/node_modules/plain/index.js",
        "/opt/nodejs/node20/node_modules/special/index.js",
        "/var/task/app.js",
        "/var/task",
    ]


async def test_libraries_of_layers_are_found(isolated: Any, layer: Path) -> None:
    """The linker reads LD_LIBRARY_PATH when a program begins: such a function is not forked from the zygote."""
    (layer / "lib").mkdir()
    take_library(layer / "lib" / "libofthelayer.so")
    source = "import ctypes\ndef handler(event, context):\n    library = ctypes.CDLL('libofthelayer.so')\n"
    source += "    library.zlibVersion.restype = ctypes.c_char_p\n    return library.zlibVersion().decode()[0]\n"
    assert await isolated.answer(isolated.function(source, layers=(layer,))) == "1"


async def test_edited_code_is_seen(isolated: Any) -> None:
    source = "def handler(event, context):\n    return open('/var/task/data').read()\n"
    spec = isolated.function(source, files={"data": "one"})
    assert await isolated.answer(spec) == "one"
    (spec.code.path / "data").write_text("two")
    assert await isolated.answer(spec) == "two"


async def test_functions_of_one_file_name_keep_bytecode_of_their_own(isolated: Any) -> None:
    """At AWS's paths all handlers are /var/task/app.py; what one compiled must not run as the other."""
    specs = []
    for answer in ("1", "2"):
        spec = isolated.function(f"def handler(event, context):\n    return {answer}\n")
        spec = dataclasses.replace(spec, code=CodeRef(f"sha{answer}", spec.code.path))
        same_time(spec.code.path / "app.py")
        specs.append(spec)
    for _ in range(2):
        assert [await isolated.answer(spec) for spec in specs] == [1, 2]
        specs = [dataclasses.replace(spec, key=f"{spec.key}+") for spec in specs]


async def test_nobody_else_can_be_signalled_or_traced(isolated: Any) -> None:
    source = f"""
import os
{TRY}
def handler(event, context):
    others = [os.getppid(), event]
    environ = lambda pid: open("/proc/%d/environ" % pid).read() and "read"
    return [[tried(os.kill, pid, 0), tried(environ, pid)] for pid in others]
"""
    other = await isolated.answer(isolated.function("import os\ndef handler(e, c):\n    return os.getpid()\n"))
    found = await isolated.answer(isolated.function(source), other)
    if found[0][0] is None:
        pytest.skip("this kernel has no scopes of Landlock")
    assert found == [["Operation not permitted", "Permission denied"]] * 2


async def test_programs_gain_no_rights(isolated: Any) -> None:
    source = """
import subprocess
def handler(event, context):
    status = subprocess.run(["cat", "/proc/self/status"], capture_output=True, text=True).stdout
    return dict(line.split(":\\t") for line in status.splitlines() if line.startswith(("CapEff", "CapPrm", "NoNew")))
"""
    found = await isolated.answer(isolated.function(source))
    assert found["NoNewPrivs"] == "1"
    assert int(found["CapEff"], 16) in (0, 4)  # Root may still read what is others'.


async def test_without_namespaces_a_function_still_runs(open_bench: Any, layer: Path) -> None:
    (layer / "python").mkdir()
    (layer / "python" / "lib.py").write_text("name = 'layer'\n")
    source = "import os, lib, tempfile\ndef handler(event, context):\n"
    source += "    return [os.getcwd(), lib.name, tempfile.gettempdir(), os.environ['LAMBDA_TASK_ROOT']]\n"
    spec = open_bench.function(source, layers=(layer,))
    folder, name, tmp, root = await open_bench.answer(spec)
    assert (folder, name, root) == (str(spec.code.path), "layer", str(spec.code.path))
    assert tmp.startswith(str(open_bench.folder))
    assert not open_bench.is_isolated


async def test_a_launcher_whose_interpreter_would_be_hidden_does_without(tmp_path: Path, bench: Any) -> None:
    engine = Engine(
        bench.engine._clock, SystemEntropy(), tmp_path / "work", bench.lines.append, hidden=[own_python().parents[1]]
    )
    try:
        spec = bench.function("def handler(event, context):\n    return __file__\n")
        outcome = await engine.invoke(spec, Invocation("i", b"{}"))
        assert str(spec.code.path) in outcome.payload.decode()
    finally:
        await engine.close()


async def test_folders_behind_links_are_found(isolated: Any, tmp_path: Path) -> None:
    """An absolute link in a path would lead elsewhere in the launcher's own root."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    engine = Engine(isolated.engine._clock, SystemEntropy(), tmp_path / "link" / "work", isolated.lines.append)
    spec = isolated.function("def handler(event, context):\n    return __file__\n")
    (tmp_path / "code").symlink_to(spec.code.path)
    spec = dataclasses.replace(spec, key="linked", code=CodeRef("x", tmp_path / "code"))
    try:
        outcome = await engine.invoke(spec, Invocation("i", b"{}"))
        assert outcome.payload == b'"/var/task/app.py"'
    finally:
        await engine.close()
