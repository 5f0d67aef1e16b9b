"""Plugins: done natively, refused by name, or ignored because the user says so."""

from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins.table import TABLE
from stratolite.templates.serverless.variables.resolver import resolve


def warnings(folder: Path, plugins: str, **options: Any) -> tuple[str, ...]:
    file = folder / "serverless.yml"
    file.write_text(f"service: shop\nprovider: aws\nplugins:\n{plugins}")
    return resolve(file, Options(**options)).warnings


@pytest.mark.parametrize("name", [name for plugin in TABLE for name in plugin.names])
def test_the_common_ones_are_known(tmp_path: Path, name: str) -> None:
    assert warnings(tmp_path, f"  - {name}\n") == ()


def test_unknown_ones_are_skipped_where_the_rest_can_run(tmp_path: Path) -> None:
    (tmp_path / ".serverless_plugins" / "own").mkdir(parents=True)
    text = "  - serverless-offline\n  - serverless-foo\n  - ./plugins/x\n  - own\n"
    [warning] = warnings(tmp_path, text, is_lenient=True)
    assert warning.startswith(f"{tmp_path / 'serverless.yml'}:5:5: 3 plugins are not known here and skipped")
    assert warning.endswith("serverless-foo, ./plugins/x (the project's own), own (the project's own)")


@pytest.mark.parametrize("place", ["plug/own.js", "plug/own/index.js"])
def test_javascript_of_the_project_is_refused_elsewhere(tmp_path: Path, place: str) -> None:
    file = tmp_path / place
    file.parent.mkdir(parents=True)
    file.write_text("")
    with pytest.raises(UserError, match="the plugin own is JavaScript of the project's own, which is not run"):
        warnings(tmp_path, "  localPath: plug\n  modules: [own]\n")


def test_an_unknown_one_is_refused_by_name(tmp_path: Path) -> None:
    for text, line in (("  - serverless-offline\n  - serverless-foo\n", 5), ("  modules:\n    - serverless-foo\n", 5)):
        with pytest.raises(UserError) as error:
            warnings(tmp_path, text)
        assert error.value.where.startswith(f"{tmp_path / 'serverless.yml'}:{line}:")
        assert "serverless-foo" in error.value.what
        assert "ignorePlugins" in error.value.todo


@pytest.mark.parametrize("ignored", [("serverless-foo",), ("*",)])
def test_one_that_is_ignored_is_a_warning(tmp_path: Path, ignored: tuple[str, ...]) -> None:
    [warning] = warnings(tmp_path, "  - serverless-foo\n", ignore_plugins=ignored)
    assert "serverless-foo" in warning


@pytest.mark.parametrize("names", ["[serverless-foo]", "serverless-foo", "'*'"])
def test_the_file_may_say_so_itself(tmp_path: Path, names: str) -> None:
    text = f"  - serverless-foo\ncustom: {{stratolite: {{ignorePlugins: {names}}}}}\n"
    [warning] = warnings(tmp_path, text)
    assert "serverless-foo" in warning and "serverless.yml:4:5" in warning
    with pytest.raises(UserError):
        warnings(tmp_path, text.replace("- serverless-foo", "- serverless-bar") if "*" not in names else "  - x\n")


def test_the_settings_of_a_plugin_are_known_with_it(tmp_path: Path) -> None:
    text = "  - serverless-iam-roles-per-function\nfunctions: {f: {handler: h.x, iamRoleStatementsInherit: true}}\n"
    assert warnings(tmp_path, text) == ()


def test_the_documentation_names_every_plugin_and_source() -> None:
    text = (Path(__file__).parent.parent.parent.parent / "docs" / "serverless.md").read_text()
    assert [plugin.name for plugin in TABLE if f"`{plugin.name}`" not in text] == []
    sources = ("self:", "opt:", "env:", "file(path):", "param:", "sls:", "aws:", "strToBool()", "ssm:", "s3:", "cf:")
    assert [name for name in sources if f"`{name}`" not in text] == []
