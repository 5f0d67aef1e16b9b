"""Writes ``services/<name>/resources.json``: CloudFormation's schemas of the resource types that a service makes; and
``services/cloudformation/stand_ins.json``, those of the types that have no effect here.

    python scripts/cfn_schemas.py [--check]

The schemas are those of AWS's public registry, as the package cfn-lint ships them (MIT-0); descriptions are left out.
What a service makes is what its ``cfn`` lists.
"""

import json
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from stratolite.services import SERVICES
from stratolite.services.cloudformation.stand_ins import LOOKS

FOLDER = Path(__file__).parent.parent / "src" / "stratolite" / "services"
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
OWN: dict[str, Any] = {
    "AWS::CloudFormation::CustomResource": {
        "additionalProperties": True,
        "properties": {"ServiceTimeout": {"type": "integer"}, "ServiceToken": {"type": "string"}},
        "required": ["ServiceToken"],
    }
}
"""What the registry's schema does not say: a custom resource has the properties and attributes that its maker knows."""
ADDED: dict[str, Any] = {"AWS::CloudFormation::Stack": {"Outputs": {"type": "object"}}}
"""Attributes that the registry's schemas do not say."""
DROPPED = {"description", "markdownDescription", "title", "examples", "$comment", "default", "insertionOrder", "format"}


def resource_types(name: str) -> list[str]:
    """The resource types that a service's ``cfn`` makes."""
    return sorted(kind.name for kind in import_module(f"stratolite.services.{name}.cfn").RESOURCE_TYPES)


def schema(name: str) -> dict[str, Any]:
    """A type's schema, compact."""
    if name in OWN:
        return dict(OWN[name])
    spec = find_spec("cfnlint")
    assert spec is not None and spec.submodule_search_locations, "pip install cfn-lint"
    data = Path(next(iter(spec.submodule_search_locations))) / "data" / "schemas"
    file = json.loads((data / "providers" / "us-east-1.json").read_text())[name]
    raw = json.loads((data / "resources" / f"{file}.json").read_text())
    found = {key: _compact(raw[key]) for key in KEPT if key in raw}
    for attribute, shape in ADDED.get(name, {}).items():
        found["properties"][attribute] = shape
        found["readOnlyProperties"] = [*found.get("readOnlyProperties", ()), f"/properties/{attribute}"]
    return found


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
    wanted = {FOLDER / "cloudformation" / "stand_ins.json": sorted(LOOKS)}
    for service in SERVICES:
        folder = FOLDER / service.name
        if (folder / "cfn.py").exists() or (folder / "cfn").exists():
            wanted[folder / "resources.json"] = resource_types(service.name)
    for path, names in wanted.items():
        schemas = {name: schema(name) for name in names}
        text = json.dumps(schemas, separators=(",", ":"), sort_keys=True).replace('},"AWS::', '},\n"AWS::') + "\n"
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
