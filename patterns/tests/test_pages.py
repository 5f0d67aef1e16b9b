"""The code of docs/patterns runs: what a page shows is what happens.

Every ```python block of a page runs, in order, in one module. What a block prints is compared with the ```text block
that follows it, when one does. A page that talks to AWS talks to the local cloud; a page whose first lines hold
``<!-- needs: redis -->`` (a Python package; several, split by spaces) skips where that is not installed, and one that
says ``<!-- needs: cloud -->`` where there is no local cloud.
"""

import contextlib
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

PAGES = Path(__file__).parent.parent.parent / "docs" / "patterns"
FENCE = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"<!-- needs: ([\w ]+) -->")


@dataclass(frozen=True)
class Block:
    """A block of code: where it begins, and what the page says that it prints, if it says so."""

    line: int
    code: str
    printed: str | None


def blocks(text: str) -> Iterator[Block]:
    """The Python of a page."""
    fences = list(FENCE.finditer(text))
    for place, fence in enumerate(fences):
        if fence.group(1) != "python":
            continue
        after = fences[place + 1] if place + 1 < len(fences) else None
        printed = after.group(2) if after and after.group(1) == "text" else None
        yield Block(text.count("\n", 0, fence.start()) + 2, fence.group(2), printed)


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.stem)
def test_the_code_of_a_page_does_what_it_shows(
    page: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = page.read_text()
    needed = {name for match in NEEDS.finditer(text) for name in match.group(1).split()}
    if "cloud" in needed:
        request.getfixturevalue("cloud")
    missing = sorted(name for name in needed - {"cloud"} if not find_spec(name))
    if missing:
        pytest.skip(f"{page.name} needs {', '.join(missing)}")
    # A module of its own, which is found by its name: annotations are looked up there.
    module = ModuleType(f"page_{page.stem.replace('-', '_')}")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    for block in blocks(text):
        # Empty lines before the code give tracebacks the lines of the page.
        code = compile("\n" * (block.line - 1) + block.code, str(page), "exec", dont_inherit=True)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            exec(code, module.__dict__)
        if block.printed is not None:
            assert out.getvalue().rstrip() == block.printed.rstrip(), f"{page.name}:{block.line}"


def test_blocks_are_found_with_their_lines_and_what_they_print() -> None:
    text = "# Page\n\n```python\nprint(1)\n```\n\nIt prints:\n\n```text\n1\n```\n\n```yaml\na: 1\n```\n\n"
    text += "```python\nx = 2\n```\n"
    assert list(blocks(text)) == [Block(4, "print(1)\n", "1\n"), Block(18, "x = 2\n", None)]
