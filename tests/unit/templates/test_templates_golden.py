"""Whole templates beside those that Serverless Framework 3.40.0 wrote for the same files (tests/golden)."""

import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.clock import MovableClock
from stratolite.templates.serverless import Compiled, Options, compile_service

ROOT = Path(__file__).parent.parent.parent.parent
OWN = ROOT / "tests" / "golden"
SHARED = ROOT.parent / "shared" / "golden"
PLACEHOLDERS = (
    (r"\d{13}-\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", "<TS>"),
    (r"(ApiGatewayDeployment|WebsocketsDeployment)[0-9A-Za-z]{13,}", r"\1<TS>"),
    (r"(LambdaVersion)[0-9A-Za-z]{30,}", r"\1<HASH>"),
    (r'("CodeSha256": ")[^"]+', r"\1<HASH>"),
    (r"(LambdaLayer)[0-9a-f]{40}", r"\1<SHA1>"),
    (r'("Value": ")[0-9a-f]{40}"', r'\1<SHA1>"'),
)
"""What can never be equal, and what stands in its place."""


def cases(folder: Path, expected: str) -> list[Any]:
    found = sorted(path.parent for path in folder.glob(f"*/{expected}"))
    return [pytest.param(path, id=path.name) for path in found] or [
        pytest.param(None, id="absent", marks=pytest.mark.skip(f"there is no {folder.name} beside this checkout"))
    ]


def normalised(template: Any) -> Any:
    text = json.dumps(template)
    for pattern, placeholder in PLACEHOLDERS:
        text = re.sub(pattern, placeholder, text)
    return json.loads(text)


def compile_case(case: Path) -> Compiled:
    words = (case / "args").read_text().split() if (case / "args").exists() else []
    options = dict(zip(words[::2], words[1::2], strict=True))
    return compile_service(
        case / "serverless.yml",
        Options(
            stage=options.get("--stage"), region=options.get("--region"), env=dict(os.environ), clock=MovableClock()
        ),
    )


def differences(ours: Any, theirs: Any, path: Sequence[str] = ()) -> list[str]:
    """Where two templates differ, one line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = sorted(ours.keys() | theirs.keys())
        return [line for key in keys for line in differences(ours.get(key), theirs.get(key), (*path, key))]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        pairs = enumerate(zip(ours, theirs, strict=True))
        return [line for index, (one, other) in pairs for line in differences(one, other, (*path, str(index)))]
    return [] if ours == theirs else [f"{'.'.join(path)}: {json.dumps(ours)} is not {json.dumps(theirs)}"]


@pytest.mark.parametrize("case", cases(OWN, "template.json"))
def test_own_cases(case: Path) -> None:
    compiled = compile_case(case)
    assert differences(normalised(compiled.template), json.loads((case / "template.json").read_text())) == []
    core = case / "core.json"
    if core.exists():
        assert differences(normalised(compiled.core_template), json.loads(core.read_text())) == []


@pytest.mark.parametrize("case", cases(SHARED, "golden.json"))
def test_shared_cases(case: Path) -> None:
    compiled = compile_case(case)
    golden = json.loads((case / "golden.json").read_text())
    assert differences(normalised(compiled.template), normalised(golden)) == []
