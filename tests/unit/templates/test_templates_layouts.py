"""Names in zips are those that Serverless Framework 3.40.0 packs, for projects of many layouts.

``layouts.json`` has the files of each, links among them, and what the framework packed when it was run on them.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.package import packaging
from stratolite.templates.serverless.variables.resolver import resolve

LAYOUTS: dict[str, Any] = json.loads((Path(__file__).parent / "layouts.json").read_text())


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_same_files_are_packed(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    for path, content in layout["files"].items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            file.symlink_to(content["link"])
        else:
            file.write_text(content)
    found = packaging(resolve(tmp_path / layout["service"] / "serverless.yml", Options()), "k")
    made = {one.name: one for one in (*found.functions.values(), *found.layers.values()) if one.ready is None}
    packed = {name: sorted(entry.name for entry in artefact.entries) for name, artefact in made.items()}
    assert packed == layout["packages"]
