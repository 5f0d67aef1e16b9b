"""Ranges of versions: which major versions of the Serverless Framework a file is written for."""

from typing import Any

import pytest

from stratolite.templates.document import Map, Mark
from stratolite.templates.serverless.framework_version import allows, is_newer, is_older
from stratolite.templates.serverless.plugins import named

RANGES: dict[Any, tuple[bool, bool]] = {
    None: (True, False),
    "": (True, False),
    "*": (True, False),
    3: (True, False),
    "^3.1": (True, False),
    "3.x": (True, False),
    ">=1.1.0": (True, False),
    ">2": (True, False),
    "1 || 2 || 3": (True, False),
    ">=2.60 <4": (True, False),
    "<=3.2": (True, False),
    "<3.5": (True, False),
    2: (False, True),
    "^1.32": (False, True),
    "=2.72.2": (False, True),
    "~2.1": (False, True),
    ">=1.0.0 <2.0.0": (False, True),
    "<3.0.0": (False, True),
    "1.26.0 - 2.0": (False, True),
    "4": (False, False),
    ">=4": (False, False),
}


@pytest.mark.parametrize("wanted", RANGES)
def test_ranges(wanted: Any) -> None:
    assert (allows(wanted, 3), is_older(wanted)) == RANGES[wanted]
    assert is_newer(wanted) is (RANGES[wanted] == (False, False))


@pytest.mark.parametrize(
    ("version", "setting", "found"),
    [
        ("4", "pythonRequirements", ["serverless-python-requirements"]),
        ("3", "pythonRequirements", []),
        ("4", "others", []),
    ],
)
def test_version_4_packages_requirements_of_python_where_they_are_configured(
    version: str, setting: str, found: list[str]
) -> None:
    at = Mark("serverless.yml")
    document, custom = Map(at), Map(at)
    custom.put(setting, Map(at), at)
    document.put("frameworkVersion", version, at)
    document.put("custom", custom, at)
    assert [name for name, _ in named(document)] == found
