"""Plugins: done natively, not needed, left out, refused by name, or ignored because the user says so."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import texts

from stratolite.core.errors import UserError
from stratolite.templates.document import read_document
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins import lacks, undone
from stratolite.templates.serverless.plugins.plugin import Kind
from stratolite.templates.serverless.plugins.table import TABLE, known
from stratolite.templates.serverless.variables.resolver import resolve


def warnings(folder: Path, plugins: str, **options: Any) -> tuple[str, ...]:
    file = folder / "serverless.yml"
    file.write_text(f"service: shop\nprovider: aws\nplugins:\n{plugins}")
    return texts(resolve(file, Options(**options)).warnings)


@pytest.mark.parametrize("name", [name for plugin in TABLE for name in plugin.names])
def test_each_does_what_its_row_says(tmp_path: Path, name: str) -> None:
    row = known(name)
    assert row is not None
    text = f"  - '{name}'\ncustom: {{stages: [dev], exportGitVariables: false}}\n"
    if row.kind is Kind.REFUSED:
        with pytest.raises(UserError, match="is not run here") as error:
            warnings(tmp_path, text)
        assert row.why in error.value.what
        [warning] = warnings(tmp_path, text, is_lenient=True, skips_unsupported=True)
        assert warning.endswith(f"the plugin {name} is skipped: {row.why}")
    elif row.kind is Kind.LEFT_OUT:
        [warning] = warnings(tmp_path, text)
        assert warning == f"{tmp_path / 'serverless.yml'}:4:5: the plugin {name} is left out: {row.why}"
    else:
        assert warnings(tmp_path, text) == ()
    assert undone(read_document(tmp_path / "serverless.yml")) == (
        {name: f"{tmp_path / 'serverless.yml'}:4:5"} if row.lacks else {}
    )
    assert lacks(name) == row.lacks


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


@pytest.mark.parametrize("path", ["./node_modules/{}", "../../node_modules/{}/src/index.js", "../packages/stages/src"])
def test_one_may_be_named_by_where_it_is(tmp_path: Path, path: str) -> None:
    """Installed, or where its sources are: by what its ``package.json`` says that it is."""
    name = "serverless-stage-manager"
    for place, package in (("packages/stages", name), ("app", "my-app")):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "package.json").write_text(json.dumps({"name": package}))
    text = f"  - {path.format(name)}\ncustom: {{stages: [prod]}}\n"
    with pytest.raises(UserError, match="'dev' is not a valid deployment stage"):
        warnings(tmp_path / "app", text)
    [warning] = warnings(tmp_path / "app", "  - ./own.js\n", is_lenient=True)
    assert warning.endswith("./own.js (the project's own)")


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
    text = "  - serverless-plugin-warmup\nfunctions: {f: {handler: h.x, warmup: true, enabled: true}}\n"
    [warning] = warnings(tmp_path, text)
    assert "unrecognized property 'enabled'" in warning


def test_hooks_are_named_with_what_they_would_run(tmp_path: Path) -> None:
    hooks = "{before:package:initialize: npm run build, after:deploy:deploy: [a, b]}"
    for plugin, custom in (
        ("serverless-scriptable-plugin", f"{{scriptable: {{hooks: {hooks}}}}}"),
        ("serverless-scriptable-plugin", f"{{scriptHooks: {hooks}}}"),
        ("serverless-plugin-scripts", f"{{scripts: {{hooks: {hooks}, commands: {{x: y}}}}}}"),
        ("serverless-hooks-plugin", f"{{hooks: {hooks}}}"),
    ):
        [warning] = warnings(tmp_path, f"  - {plugin}\ncustom: {custom}\n")
        told = "before:package:initialize: npm run build; after:deploy:deploy: a; after:deploy:deploy: b"
        assert warning.endswith(told)


IN_THE_ISSUE = (
    "serverless-offline serverless-domain-manager serverless-dotenv-plugin serverless-iam-roles-per-function "
    "serverless-pseudo-parameters serverless-dynamodb-local serverless-s3-local serverless-offline-sns "
    "serverless-offline-sqs serverless-prune-plugin serverless-plugin-warmup serverless-plugin-split-stacks "
    "serverless-plugin-tracing serverless-s3-sync serverless-finch serverless-stage-manager serverless-export-env "
    "serverless-apigw-binary serverless-plugin-canary-deployments serverless-step-functions serverless-webpack "
    "serverless-esbuild serverless-plugin-typescript serverless-bundle serverless-python-requirements serverless-wsgi"
)
"""Those that every reader of the documentation looks for first."""


def test_the_table_has_what_the_field_uses() -> None:
    assert [name for name in IN_THE_ISSUE.split() if known(name) is None] == []
    names = [name for plugin in TABLE for name in plugin.names]
    assert len(names) == len(set(names)) >= 150
    assert all(plugin.why and not plugin.why.endswith(".") for plugin in TABLE)


def test_what_is_done_here_is_tested_somewhere() -> None:
    tests = Path(__file__).parents[2]
    files = [*tests.rglob("test_*.py"), *tests.rglob("serverless.yml")]
    texts = "\n".join(file.read_text() for file in files if file != Path(__file__) and "node_modules" not in file.parts)
    done = [plugin.name for plugin in TABLE if plugin.kind is Kind.NATIVE]
    assert [name for name in done if not re.search(rf"(?<![\w-]){name}(?![\w-])", texts)] == []


def test_the_documentation_names_every_plugin_and_source() -> None:
    docs = Path(__file__).parents[3] / "docs"
    text = (docs / "plugins.md").read_text()
    assert [name for plugin in TABLE for name in plugin.names if f"`{name}`" not in text] == []
    text = (docs / "serverless.md").read_text()
    sources = ("self:", "opt:", "env:", "file(path):", "param:", "sls:", "aws:", "strToBool()", "ssm:", "s3:", "cf:")
    assert [name for name in sources if f"`{name}`" not in text] == []
