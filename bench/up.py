"""``stratolite up`` of whole applications: until it is ready, until an edit is live, and what it weighs."""

import contextlib
import json
import re
import shutil
import statistics
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Thread

from bench.peers import ROOT, compiled, free_port, npm_folder, running, stratolite_command, wait_for
from bench.report import Row

TYPED = 20
PLAIN = 100
RUNS = 3
EDITS = 5
SECOND_S_MAX = 2.0
RELOAD_S_MAX = 1.0
PLAIN_S_MAX = 5.0
PLAIN_MB_MAX = 120.0
DOCTOR_S_MAX = 1.0
LIVE_S_MAX = 30
TOOLS = ROOT / "tests" / "apps" / "typescript" / "node_modules"
_PSS = re.compile(r"^Pss: +(\d+) kB$", re.MULTILINE)

HANDLER = """\
import {{ reply }} from '../lib/reply';
import {{ describe }} from '../lib/describe';

interface Event {{ queryStringParameters?: Record<string, string> | null }}

export const handler = async (event: Event) => reply(200, describe('{name}', event.queryStringParameters ?? {{}}));
"""
REPLY = """\
export const reply = (statusCode: number, body: unknown): { statusCode: number; body: string } => ({
  statusCode,
  body: JSON.stringify(body),
});
"""
DESCRIBE = """\
export const describe = (name: string, given: Record<string, string>): object => ({ name, given, version: 1 });
"""


def run() -> list[Row]:
    """All rows."""
    with _folder() as typed, _folder() as plain:
        return [*_typed(typed), *_plain(plain)]


@contextlib.contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="bench-up-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# Twenty functions in TypeScript ------------------------------------------------------------------------------


def _typed(folder: Path) -> list[Row]:
    if not TOOLS.is_dir():
        subprocess.run(["npm", "ci", "--prefix", str(TOOLS.parent)], check=True, stdout=subprocess.DEVNULL)
    _write_typed(folder)
    with _up(folder) as (first_s, _, _):
        pass
    seconds = []
    for _ in range(RUNS):
        with _up(folder) as (ready_s, port, _):
            seconds.append(ready_s)
    with _up(folder) as (ready_s, port, _):
        seconds.append(ready_s)
        one = _edits(folder / "src" / "functions" / "f0.ts", port)
        shared = _edits(folder / "src" / "lib" / "describe.ts", port)
    bare_s = _bare_esbuild(folder)
    second_s = statistics.median(seconds)
    what = f"{TYPED} functions in TypeScript with esbuild"
    beside = f"bare esbuild of the same entries {bare_s:.2f} s"
    return [
        Row(f"{what}: first up", f"{first_s:.2f} s", beside, ""),
        Row(f"{what}: second up", f"{second_s:.2f} s", beside, f"<= {SECOND_S_MAX:g} s", second_s <= SECOND_S_MAX),
        Row(
            "an edit of one of them, until its answer is new",
            f"{one:.2f} s",
            beside,
            f"<= {RELOAD_S_MAX:g} s",
            one <= RELOAD_S_MAX,
        ),
        Row(
            "an edit of what all of them import",
            f"{shared:.2f} s",
            beside,
            f"<= {RELOAD_S_MAX:g} s",
            shared <= RELOAD_S_MAX,
        ),
    ]


def _write_typed(folder: Path) -> None:
    functions = {
        f"f{place}": {
            "handler": f"src/functions/f{place}.handler",
            "events": [{"http": {"path": f"f{place}", "method": "get"}}],
        }
        for place in range(TYPED)
    }
    files = {
        "src/lib/reply.ts": REPLY,
        "src/lib/describe.ts": DESCRIBE,
        "package.json": json.dumps({"name": "typed", "devDependencies": {"esbuild": "*"}}),
        **{f"src/functions/{name}.ts": HANDLER.format(name=name) for name in functions},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    _write_service(folder, functions, ["serverless-esbuild"])
    (folder / "node_modules").symlink_to(TOOLS)


def _edits(file: Path, port: int) -> float:
    """The median of seconds from an edit until the API answers with what it says."""
    url = f"http://127.0.0.1:{port}/dev/f0"
    text = file.read_text()
    seconds = []
    for place in range(EDITS):
        _get(url)
        word = f"edited{file.stem}{place}"
        if file.stem == "describe":
            file.write_text(text.replace("version: 1", f"version: '{word}'"))
        else:
            file.write_text(text.replace("'f0'", f"'{word}'"))
        started_s = time.perf_counter()
        while word not in _get(url):
            if time.perf_counter() - started_s > LIVE_S_MAX:
                raise RuntimeError(f"an edit is not live after {LIVE_S_MAX} s")
            time.sleep(0.005)
        seconds.append(time.perf_counter() - started_s)
    return statistics.median(seconds)


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=LIVE_S_MAX) as answer:
        return str(answer.read().decode())


def _bare_esbuild(folder: Path) -> float:
    """Seconds of esbuild's own command for the same entries, the best of some."""
    entries = [str(file.relative_to(folder)) for file in sorted((folder / "src" / "functions").glob("*.ts"))]
    command = [str(TOOLS / ".bin" / "esbuild"), *entries, "--bundle", "--platform=node", "--outdir=.bare"]
    found = []
    for _ in range(RUNS):
        started_s = time.perf_counter()
        subprocess.run([*command, "--sourcemap", "--log-level=error"], cwd=folder, check=True)
        found.append(time.perf_counter() - started_s)
    return min(found)


# A hundred functions in JavaScript ---------------------------------------------------------------------------


def _plain(folder: Path) -> list[Row]:
    # A stack has at most 500 resources: not every function has an event, and none has versions.
    functions = {
        f"f{place}": {
            "handler": f"src/f{place}.handler",
            "events": [{"http": {"path": f"f{place}", "method": "get"}}] if place % 4 else [],
        }
        for place in range(PLAIN)
    }
    (folder / "src").mkdir()
    for name in functions:
        body = f"exports.handler = async () => ({{ statusCode: 200, body: '{name}' }});\n"
        (folder / "src" / f"{name}.js").write_text(body)
    _write_service(folder, functions, [])
    found = []
    for _ in range(RUNS):
        with _up(folder) as (ready_s, _, pid):
            found.append((ready_s, _tree_mb(pid)))
        shutil.rmtree(folder / ".data", ignore_errors=True)
    doctor_s = statistics.median(_timed([*stratolite_command(), "doctor", str(folder)], folder) for _ in range(RUNS))
    ready_s, held_mb = (statistics.median(each) for each in zip(*found, strict=True))
    _write_service(folder, functions, ["serverless-offline"])
    peer_s, peer_mb = _serverless_offline(folder)
    print_s = _timed([str(npm_folder() / "node_modules" / ".bin" / "serverless"), "print"], folder)
    what = f"{PLAIN} functions in JavaScript"
    return [
        Row(
            f"{what}: first up",
            f"{ready_s:.2f} s",
            f"serverless-offline {peer_s:.2f} s",
            f"<= {PLAIN_S_MAX:g} s and not slower",
            ready_s <= min(PLAIN_S_MAX, peer_s),
        ),
        Row(
            f"{what}: memory of all processes before a call (PSS)",
            f"{held_mb:.0f} MB",
            f"serverless-offline {peer_mb:.0f} MB",
            f"<= {PLAIN_MB_MAX:.0f} MB",
            held_mb <= PLAIN_MB_MAX,
        ),
        Row(
            f"{what}: doctor",
            f"{doctor_s:.2f} s",
            f"serverless print {print_s:.2f} s",
            f"<= {DOCTOR_S_MAX:g} s",
            doctor_s <= DOCTOR_S_MAX,
        ),
    ]


def _timed(command: list[str], folder: Path) -> float:
    """Seconds of a command, whatever its exit code says of the application."""
    started_s = time.perf_counter()
    subprocess.run(
        command, cwd=folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=compiled()
    )
    return time.perf_counter() - started_s


def _write_service(folder: Path, functions: Mapping[str, object], plugins: list[str]) -> None:
    provider = {"name": "aws", "runtime": "nodejs20.x", "region": "us-east-1", "versionFunctions": False}
    service = {"service": "bench", "frameworkVersion": "3", "provider": provider, "functions": functions}
    # JSON is YAML.
    (folder / "serverless.yml").write_text(json.dumps({**service, "plugins": plugins}))


def _serverless_offline(folder: Path) -> tuple[float, float]:
    npm = npm_folder()
    (folder / "node_modules").symlink_to(npm / "node_modules")
    port, started_s = free_port(), time.perf_counter()
    program = npm / "node_modules" / ".bin" / "serverless"
    command = [str(program), "offline", "start", "--httpPort", str(port), "--lambdaPort", str(free_port())]
    command += ["--websocketPort", str(free_port())]
    with running(command, cwd=folder) as process:
        wait_for(f"http://127.0.0.1:{port}/dev/none", process, any_status=True)
        return time.perf_counter() - started_s, _tree_mb(process.pid)


# A running command -------------------------------------------------------------------------------------------


@contextlib.contextmanager
def _up(folder: Path) -> Iterator[tuple[float, int, int]]:
    """``up`` with what it has kept: the seconds until it said that it is ready, the port of its APIs, its process."""
    port = free_port()
    command = [*stratolite_command(), "up", str(folder), "--port", str(free_port()), "--app-port", str(port)]
    started_s = time.perf_counter()
    process = subprocess.Popen(
        [*command, "--data", str(folder / ".data")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        env={**compiled(), "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdout is not None
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if line.startswith("ready"):
                break
        else:
            raise RuntimeError("".join(said))
        ready_s = time.perf_counter() - started_s
        reader = Thread(target=process.stdout.read, daemon=True)
        reader.start()
        yield ready_s, port, process.pid
    finally:
        process.terminate()
        process.wait()


def _tree_mb(pid: int) -> float:
    """What a process and those that it started hold in memory; pages that they share count once."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = stat.read_text()
            parents[int(text.split(" ", 1)[0])] = int(text.rpartition(")")[2].split()[1])
    tree = {pid}
    while more := {child for child, parent in parents.items() if parent in tree} - tree:
        tree |= more
    held_kb = 0
    for each in tree:
        with contextlib.suppress(OSError):
            found = _PSS.search(Path(f"/proc/{each}/smaps_rollup").read_text())
            held_kb += int(found[1]) if found else 0
    return held_kb / 1024
