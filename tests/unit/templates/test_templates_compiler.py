"""The passes together: what a compilation says about a file as a whole."""

from collections.abc import Callable

import pytest
from tests.conftest import texts

from stratolite.templates.serverless import Compiled

Compile = Callable[..., Compiled]
HEAD = "service: shop\nprovider: {name: aws, runtime: nodejs20.x}\nfunctions: {a: {handler: h.handler}}\n"


@pytest.mark.parametrize(
    "version", ["'3'", "3", "^3.40.0", "'>=2.0.0 <4.0.0'", "'*'", "~3.1", "'>2'", "'2 || 3'", "<4"]
)
def test_files_of_version_3_are_silent(compile_text: Compile, version: str) -> None:
    assert compile_text(f"{HEAD}frameworkVersion: {version}").warnings == ()


@pytest.mark.parametrize("version", ["'4'", "^4.2.1", "2.72.3", "'>=4'", "'<3'"])
def test_files_of_another_version_are_told(compile_text: Compile, version: str) -> None:
    [warning] = texts(compile_text(f"{HEAD}frameworkVersion: {version}").warnings)
    assert "serverless.yml:4:1: the file is written for version" in warning


def test_sources_and_artefacts_are_named(compile_text: Compile) -> None:
    compiled = compile_text(f"{HEAD}custom: ${{file(x.yml)}}", {"x.yml": "a: b"})
    assert {path.name for path in compiled.sources} == {"serverless.yml", "x.yml"}
    assert [artefact.name for artefact in compiled.artefacts] == ["shop.zip"]
    assert compiled.stamp == "1700000000000"
