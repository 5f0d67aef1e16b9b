"""Writes ``services/<name>/resources.json``: CloudFormation's schemas of the resource types that a service makes.

    python scripts/cfn_schemas.py [--check]

The schemas are those of AWS's public registry, as the package cfn-lint ships them (MIT-0); descriptions are left out.
What a service makes is what its ``cfn.py`` lists.
"""

import ast
import json
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

SERVICES = Path(__file__).parent.parent / "src" / "stratolite" / "services"
KEPT = (
    "properties",
    "definitions",
    "required",
    "createOnlyProperties",
    "conditionalCreateOnlyProperties",
    "readOnlyProperties",
    "primaryIdentifier",
    "additionalProperties",
)
DROPPED = {"description", "markdownDescription", "title", "examples", "$comment", "default", "insertionOrder", "format"}


def resource_types(folder: Path) -> list[str]:
    """The ``name=`` of every ``ResourceType(...)`` in a service's ``cfn.py``."""
    found = []
    for node in ast.walk(ast.parse((folder / "cfn.py").read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ResourceType":
            given = [keyword.value for keyword in node.keywords if keyword.arg == "name"] + node.args[:1]
            found += [
                value.value for value in given if isinstance(value, ast.Constant) and isinstance(value.value, str)
            ]
    return sorted(found)


def schema(name: str) -> dict[str, Any]:
    """A type's schema, compact."""
    spec = find_spec("cfnlint")
    assert spec is not None and spec.submodule_search_locations, "pip install cfn-lint"
    data = Path(next(iter(spec.submodule_search_locations))) / "data" / "schemas"
    file = json.loads((data / "providers" / "us-east-1.json").read_text())[name]
    raw = json.loads((data / "resources" / f"{file}.json").read_text())
    return {key: _compact(raw[key]) for key in KEPT if key in raw}


def _compact(value: Any, *, is_names: bool = True) -> Any:
    """Without descriptions; members of ``properties`` and ``definitions`` are names, not keywords."""
    if isinstance(value, dict):
        return {
            key: _compact(inner, is_names=key in ("properties", "definitions", "patternProperties"))
            for key, inner in value.items()
            if is_names or key not in DROPPED
        }
    return [_compact(inner, is_names=False) for inner in value] if isinstance(value, list) else value


def main(arguments: list[str]) -> int:
    """Write or check; the exit code."""
    stale = []
    for cfn in sorted(SERVICES.glob("*/cfn.py")):
        schemas = {name: schema(name) for name in resource_types(cfn.parent)}
        text = json.dumps(schemas, separators=(",", ":"), sort_keys=True).replace('},"AWS::', '},\n"AWS::') + "\n"
        path = cfn.parent / "resources.json"
        if path.exists() and path.read_text() == text:
            continue
        stale.append(str(path))
        if "--check" not in arguments:
            path.write_text(text)
            print(f"wrote {path} ({len(schemas)} types)")
    if stale and "--check" in arguments:
        print("out of date: " + ", ".join(stale))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
