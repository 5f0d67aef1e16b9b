"""Services written down in a test, compiled as a target would have them compiled."""

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.templates.serverless import Compiled, Options, compile_service

STAMP_MS = 1_700_000_000_000
HEAD = "service: shop\nprovider:\n  name: aws\n  runtime: nodejs20.x\n"
HANDLER = "exports.handler = async () => ({});\nexports.auth = async () => ({});\n"

Compile = Callable[..., Compiled]


@pytest.fixture
def compile_text(tmp_path: Path) -> Compile:
    """Compiles the text of a ``serverless.yml``, beside a handler ``h.handler``; ``files`` are others, by name.

    A text that names no service gets one, ``shop``, in Node.
    """

    def compiled(text: str, files: dict[str, str] | None = None, **options: Any) -> Compiled:
        body = dedent(text).lstrip("\n")
        file = tmp_path / "serverless.yml"
        file.write_text(body if "service:" in body else HEAD + body)
        for name, content in {"h.js": HANDLER, **(files or {})}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return compile_service(file, Options(clock=MovableClock(STAMP_MS), **options))

    return compiled
