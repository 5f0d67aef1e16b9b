"""The tree stays readable: sizes, names and calls that the style refuses, with the replacement named."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
SOURCE = ROOT / "src" / "stratolite"
PATTERNS = ROOT / "patterns"

FILE_LINES_MAX = 600
TEST_FILE_LINES_MAX = 800
FUNCTION_LINES_MAX = 70
FUNCTION_LINES_USUAL = 40
USUAL_SHARE = 0.95

REFUSED_NAMES = {"utils", "helpers", "common", "misc", "util", "helper"}

# Call or import -> (where it is allowed, what to use instead).
REFUSED = {
    "time.time": ("core", "clock.now_ms()"),
    "time.sleep": ("core", "await clock.sleep()"),
    "time.monotonic": ("core", "clock.elapsed_s()"),
    "time.perf_counter": ("core", "clock.elapsed_s()"),
    "asyncio.sleep": ("core", "await clock.sleep()"),
    "datetime.now": ("core", "clock.utc()"),
    "datetime.utcnow": ("core", "clock.utc()"),
    "os.urandom": ("core", "entropy.token_bytes()"),
}
REFUSED_IMPORTS = {
    "random": ("core", "core/entropy.py"),
    "uuid": ("core", "core/entropy.py"),
    "secrets": ("core", "core/entropy.py"),
    "sqlite3": ("storage", "storage/database.py"),
    "botocore": ("protocol targets", "protocol/models.py, or targets/account.py for accounts of AWS"),
    "boto3": ("targets", "targets/account.py"),
}
# Programs that run inside a function's sandbox are not part of the server.
SANDBOXED = (
    "engine/bootstrap/",
    "engine/zygote.py",
    "templates/serverless/custom_resources/api-gateway-cloud-watch-role/handler.py",
    "templates/serverless/wsgi/code/",
)
# asyncio.sleep(0) gives way to other tasks; it waits for no clock.
GIVES_WAY = "asyncio.sleep(0)"


def sources() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if path.name != "api.py")


def patterns() -> list[Path]:
    """The second distribution: of the same build, but it runs in functions, where the clock is the machine's."""
    return sorted((PATTERNS / "src").rglob("*.py"))


def suite() -> list[Path]:
    return sorted([*(ROOT / "tests").rglob("*.py"), *(PATTERNS / "tests").rglob("*.py")])


def functions(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            yield f"{path.relative_to(ROOT)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def test_files_are_one_room() -> None:
    large = [f"{path.relative_to(ROOT)}: {n}" for path in sources() + patterns() if (n := lines(path)) > FILE_LINES_MAX]
    large += [f"{path.relative_to(ROOT)}: {n}" for path in suite() if (n := lines(path)) > TEST_FILE_LINES_MAX]
    assert not large, "split these: " + "; ".join(large)


def test_functions_fit_a_screen() -> None:
    sizes = [size for path in sources() + patterns() for size in functions(path)]
    long = [f"{name}: {size} lines" for name, size in sizes if size > FUNCTION_LINES_MAX]
    assert not long, "split these: " + "; ".join(long)
    usual = sum(1 for _, size in sizes if size <= FUNCTION_LINES_USUAL)
    assert usual >= USUAL_SHARE * len(sizes)


def test_names_are_nouns() -> None:
    refused = [
        str(path.relative_to(ROOT))
        for path in sources() + patterns() + suite()
        if {path.stem, path.parent.name} & REFUSED_NAMES
    ]
    assert not refused, "name what these are about: " + "; ".join(refused)


def test_modules_say_what_they_own() -> None:
    silent = [
        str(path.relative_to(ROOT))
        for path in sources() + patterns()
        if not ast.get_docstring(ast.parse(path.read_text()))
    ]
    assert not silent, "open these with a docstring: " + "; ".join(silent)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(SOURCE)))
def test_nothing_refused_is_called(path: Path) -> None:
    relative = str(path.relative_to(SOURCE))
    if relative.startswith(SANDBOXED):
        return
    room = relative.split("/")[0]
    tree = ast.parse(path.read_text())
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = dotted(node.func)
            for refused, (allowed, instead) in REFUSED.items():
                is_it = (name == refused or name.endswith(f".{refused}")) and ast.unparse(node) != GIVES_WAY
                if is_it and room != allowed:
                    found.append(f"line {node.lineno}: {refused}() belongs in {allowed}; use {instead}")
        for imported in imports(node):
            top = imported.split(".")[0]
            if top in REFUSED_IMPORTS and room not in REFUSED_IMPORTS[top][0].split():
                allowed, instead = REFUSED_IMPORTS[top]
                found.append(f"line {getattr(node, 'lineno', 0)}: {top} belongs in {allowed}; use {instead}")
    assert not found, "; ".join(found)


def test_broad_excepts_have_two_places() -> None:
    allowed = {"core/tasks.py", "server/pipeline.py"}
    found = []
    for path in sources():
        relative = str(path.relative_to(SOURCE))
        if relative in allowed or relative.startswith(SANDBOXED):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                names = [dotted(name) for name in exceptions(node.type)]
                if node.type is None or "Exception" in names:
                    found.append(f"{relative}:{node.lineno}")
    assert not found, "name what these expect: " + "; ".join(found)


def test_the_environment_is_read_in_two_places() -> None:
    found = []
    for path in sources():
        relative = str(path.relative_to(SOURCE))
        if relative == "server/config.py" or relative.startswith(("cli/", *SANDBOXED)):
            continue
        found += [
            f"{relative}:{node.lineno}"
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.Attribute) and dotted(node) in ("os.environ", "os.getenv")
        ]
    assert not found, "hand the value in from server/config.py: " + "; ".join(found)


def lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return [node.module]
    return []


def exceptions(node: ast.expr | None) -> list[ast.expr]:
    if node is None:
        return []
    return list(node.elts) if isinstance(node, ast.Tuple) else [node]
