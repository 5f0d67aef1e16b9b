"""The distribution as a whole: light to import, typed, and independent of Stratolite."""

import ast
import resource
import subprocess
import sys
from pathlib import Path

import pytest

import stratolite_patterns

SOURCE = Path(stratolite_patterns.__file__).parent
MODULES = sorted(path for path in SOURCE.rglob("*.py"))
IMPORT_MS_MAX = 15
HEAVY = ("boto3", "botocore", "redis", "joserfc", "pydantic", "cryptography", "asyncio")


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_importing_costs_next_to_nothing() -> None:
    def run_ms(code: str) -> float:
        """Of the processor: how long it waits for one is the machine's business."""
        started_s = _children_s()
        subprocess.run([sys.executable, "-c", code], check=True)
        return (_children_s() - started_s) * 1000

    bare, imported = [], []
    for _ in range(9):
        bare.append(run_ms("pass"))
        imported.append(run_ms("import stratolite_patterns"))
    # The least of each, since other tests run beside them, and share caches of the processor.
    assert min(imported) - min(bare) <= IMPORT_MS_MAX


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_imports_what_is_heavy_before_it_is_used(path: Path) -> None:
    name = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts).removesuffix(".__init__")
    code = f"import sys, {name}; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert not done.stdout.split()


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_no_module_knows_stratolite(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        assert not [name for name in names if name.split(".")[0] == "stratolite"]


def test_it_says_that_it_is_typed() -> None:
    assert (SOURCE / "py.typed").exists()


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = stratolite_patterns.nonsense  # type: ignore[attr-defined]
