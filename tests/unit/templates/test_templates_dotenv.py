"""``.env`` files, for variables (``useDotenv``) and for functions (serverless-dotenv-plugin)."""

from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables.dotenv import expanded, parse
from stratolite.templates.serverless.variables.resolver import Resolved, resolve

# As Serverless Framework 3.40.0 (dotenv 16, dotenv-expand 10) gives them to ${env:...}.
TEXT = r"""A=1
B="two words"
C='single $A'
D=$A-x
E=${A}${B}
F=${NOPE:-dflt}
G=\$A
export H=hh
I: colon
J=with#hash
K="with#hash"
L=   spaced   # c
M="multi\nline"
N='multi\nline'
O=
P=`back`
Q=$SET
SET=from-file
R="line1
line2"
lower.case-ok=1
"""
VALUES = {
    "A": "1",
    "B": "two words",
    "C": "single 1",
    "D": "1-x",
    "E": "1two words",
    "F": "dflt",
    "G": "$A",
    "H": "hh",
    "I": "colon",
    "J": "with",
    "K": "with#hash",
    "L": "spaced",
    "M": "multi\nline",
    "N": "multi\\nline",
    "O": "",
    "P": "back",
    "Q": "from-outside",
    "SET": "from-outside",
    "R": "line1\nline2",
    "lower.case-ok": "1",
}


def test_values_are_read_and_filled_in() -> None:
    assert expanded(parse(TEXT), {"SET": "from-outside", "OTHER": "o"}, "f") == {**VALUES, "OTHER": "o"}


def test_a_value_that_names_itself_is_refused() -> None:
    with pytest.raises(UserError, match="names itself"):
        expanded(parse("A=x$A\n"), {}, "f")


def service(folder: Path, text: str, files: dict[str, str], **options: Any) -> Resolved:
    for name, content in {"serverless.yml": text, **files}.items():
        (folder / name).write_text(content)
    return resolve(folder / "serverless.yml", Options(**{"env": {}, **options}))


USING = """\
service: s
useDotenv: true
provider: {name: aws, stage: "${opt:stage, 'qa'}"}
custom: {a: "${env:A, 'no'}"}
"""


def test_the_stages_file_stands_in_for_the_common_one(tmp_path: Path) -> None:
    files = {".env": "A=common\n", ".env.prod": "A=prod\n"}
    found = service(tmp_path, USING, files)
    assert found.document["custom"] == {"a": "common"}
    assert tmp_path / ".env" in found.sources
    assert service(tmp_path, USING, files, stage="prod").document["custom"] == {"a": "prod"}


def test_without_use_dotenv_no_file_is_read(tmp_path: Path) -> None:
    assert service(tmp_path, USING.replace("useDotenv: true\n", ""), {".env": "A=1\n"}).document["custom"] == {
        "a": "no"
    }


def test_a_stage_out_of_the_file_that_it_chooses_is_refused(tmp_path: Path) -> None:
    text = USING.replace("${opt:stage, 'qa'}", "${env:STG, 'qa'}")
    with pytest.raises(UserError, match='Cannot reliably resolve "env" variables'):
        service(tmp_path, text, {".env": "STG=prod\n"})


PLUGIN = "service: s\nplugins: [serverless-dotenv-plugin]\nprovider: {name: aws, environment: {X: old, Y: kept}}\n"


def environment(found: Resolved) -> dict[str, str]:
    return dict(found.document["provider"]["environment"])


def test_the_plugin_gives_functions_what_the_files_say(tmp_path: Path) -> None:
    """The more special file wins, and the process's environment before all: serverless.com/plugins/..dotenv-plugin."""
    files = {".env": "A=1\nB=1\nX=new\nP=file\n", ".env.local": "B=2\n", ".env.prod": "B=3\nC=$A\n"}
    found = service(tmp_path, PLUGIN, files, stage="prod", env={"P": "process"})
    assert environment(found) == {"X": "new", "Y": "kept", "B": "3", "C": "", "A": "1", "P": "process"}
    assert environment(service(tmp_path, PLUGIN, files)) == {"X": "new", "Y": "kept", "B": "2", "A": "1", "P": "file"}
    assert {source.name for source in found.sources} == {"serverless.yml", *files}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ("include: [A]", {"A"}),
        ("exclude: [A]", {"B", "T"}),
        ("path: other", {"O"}),
        ("basePath: sub", {"S"}),
        ("variableExpansion: false", {"A", "B", "T"}),
        ("required: {env: [A], file: true}", {"A", "B", "T"}),
    ],
)
def test_the_plugins_settings(tmp_path: Path, settings: str, names: set[str]) -> None:
    files = {".env": "A=1\nB=2\nT=$A\n", "other": "O=1\n", "sub.env": "S=1\n"}
    found = environment(service(tmp_path, PLUGIN + f"custom:\n  dotenv:\n    {settings}\n", files))
    assert set(found) == {"X", "Y"} | names
    assert found.get("T", "") == ("$A" if "Expansion" in settings else "1" if "T" in names else "")


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ("required: {env: [NO, A]}", "required environment variables: NO"),
        ("dotenvParser: p.js", "dotenvParser"),
        ("{path: no, required: {file: true}}", "Could not find .env file"),
    ],
)
def test_what_the_plugin_requires_and_what_it_cannot(tmp_path: Path, settings: str, what: str) -> None:
    text = PLUGIN + f"custom:\n  dotenv:\n    {settings}\n"
    with pytest.raises(UserError, match=what) as error:
        service(tmp_path, text, {".env": "A=1\n"})
    assert error.value.where.startswith(f"{tmp_path / 'serverless.yml'}:6:")
