"""JavaScript files as values; expectations are as Serverless Framework 3.40.0 prints them."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.variables import scripts
from stratolite.templates.serverless.variables.resolver import resolve

pytestmark = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")

HEAD = "service: shop\nprovider:\n  name: aws\n"


def custom(folder: Path, text: str, files: dict[str, str], **options: Any) -> Any:
    for name, content in {"serverless.yml": HEAD + text, **files}.items():
        (folder / name).write_text(content)
    environment = {"PATH": os.environ["PATH"], "A": "env-a"}
    found = resolve(folder / "serverless.yml", Options(**{"env": environment, **options}))
    return json.loads(json.dumps(found.document["custom"]))


def test_whatever_a_file_exports(tmp_path: Path) -> None:
    text = """\
custom:
  whole: ${file(./a.js)}
  value: ${file(./a.js):x}
  function: ${file(./a.js):fn}
  in-function: ${file(./a.js):fn.deep}
  promise: ${file(./a.js):p}
  element: ${file(./a.js):list.1}
  through: ${file(./a.js):text.v}
  undefined: ${file(./a.js):undef, 'none'}
  cjs: ${file(./c.cjs):v}
  mjs: ${file(./m.mjs):v}
  rejected: ${file(./promise.js):v}
  base: {v: 7, n: "${self:custom.cjs}"}
"""
    files = {
        "a.js": "module.exports = { x: 1, fn: ({ options }) => ({ deep: 'dd', stage: options.stage }), "
        "p: Promise.resolve('pp'), list: [1, '${self:custom.cjs}'], text: '${self:custom.base}', undef: undefined };",
        "c.cjs": "exports.v = 'cjs';",
        "m.mjs": "export default { v: 'mjs' };",
        "promise.js": "module.exports = Promise.resolve({ v: 'pv' });",
    }
    found = custom(tmp_path, text, files, stage="prod")
    assert found["whole"] == {"x": 1, "p": {}, "list": [1, "cjs"], "text": {"v": 7, "n": "cjs"}}
    assert found["value"] == 1
    assert found["function"] == {"deep": "dd", "stage": "prod"}
    assert found["in-function"] == "dd"
    assert (found["promise"], found["element"], found["through"]) == ("pp", "cjs", 7)
    assert (found["undefined"], found["cjs"], found["mjs"], found["rejected"]) == ("none", "cjs", "mjs", "pv")


def test_functions_resolve_variables_of_their_own(tmp_path: Path) -> None:
    text = "custom:\n  f: ${file(./f.js)}\n  g: ${file(./f.js):stage}\n  base: {v: 7, n: '${file(./g.js):y}'}\n"
    files = {
        "f.js": "module.exports = async ({ options, resolveVariable, resolveConfigurationProperty }) => ({"
        "stage: await resolveVariable('sls:stage'), fallback: await resolveVariable(\"opt:no, 'fb'\"),"
        "base: await resolveConfigurationProperty(['custom', 'base']), text: '${sls:stage}!',"
        "all: await Promise.all([resolveVariable('self:service'), resolveVariable('file(./g.js):x')]) });",
        "g.js": "module.exports = async ({ resolveVariable }) => ({ x: 'gx', y: await resolveVariable('env:A') });",
    }
    found = custom(tmp_path, text, files, stage="prod")
    assert found["f"] == {
        "stage": "prod",
        "fallback": "fb",
        "base": {"v": 7, "n": "env-a"},
        "text": "prod!",
        "all": ["shop", "gx"],
    }
    assert found["g"] == "prod"


def test_a_file_sees_the_services_folder_and_environment(tmp_path: Path) -> None:
    source = "console.log('told'); module.exports = { a: process.env.A, cwd: process.cwd() };"
    found = custom(tmp_path, "custom: ${file(./a.js)}\n", {"a.js": source})
    assert found == {"a": "env-a", "cwd": str(tmp_path.resolve())}


FAILING = {
    "throws": ("throw new Error('boom')", "boom"),
    "throws in a function": ("module.exports = () => { throw new Error('fboom') }", "fboom"),
    "rejects": ("module.exports = Promise.reject(new Error('rejected'))", "rejected"),
    "is malformed": ("module.exports = {", "SyntaxError"),
    "ends the process": ("process.exit(3)", "gave no value"),
    "gives a function": ("module.exports = { v: () => () => 1 }", "not one that JSON has"),
    "gives a date": ("module.exports = { v: new Date(0) }", "not one that JSON has"),
    "gives a circle": ("const a = {}; a.a = a; module.exports = { v: a }", "circular"),
    "asks for what is not there": (
        "module.exports = async ({ resolveVariable }) => ({ v: await resolveVariable('env:NO') })",
        'Value not found at "env" source',
    ),
    "asks for itself": (
        "module.exports = async ({ resolveVariable }) => ({ v: await resolveVariable('self:custom.x') })",
        'Circular reference. "custom.x" refers to itself',
    ),
}


@pytest.mark.parametrize("name", FAILING)
def test_a_file_that_fails_is_told_with_the_place_that_names_it(tmp_path: Path, name: str) -> None:
    source, what = FAILING[name]
    with pytest.raises(UserError) as error:
        custom(tmp_path, "custom:\n  x: ${file(./a.js):v}\n", {"a.js": source})
    assert what in error.value.what
    assert 'Cannot resolve variable at "custom.x"' in error.value.what
    assert error.value.where == f"{tmp_path / 'serverless.yml'}:5:3"
    assert "node:internal" not in str(error.value)


def test_node_is_needed_for_them_alone(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"no Node\.js on the PATH"):
        custom(tmp_path, "custom: ${file(./a.js)}\n", {"a.js": ""}, env={"PATH": str(tmp_path)})


def test_a_file_that_never_answers_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scripts, "SCRIPT_S_MAX", 0.3)
    with pytest.raises(UserError, match="gave no value"):
        custom(tmp_path, "custom: ${file(./a.js)}\n", {"a.js": "for (;;);"})


NEEDY = """\
const { STACK_REGION, BUCKET } = process.env;
if (!STACK_REGION) throw new Error('STACK_REGION is required');
const needed = require('./needed');
require('pack');
module.exports = { region: STACK_REGION, bucket: needed('BUCKET'), key: process.env.API_KEY || 'none' };
"""
NEEDED = "module.exports = (name) => { if (!process.env[name]) throw new Error(name); return process.env[name]; };"


def test_programs_that_fail_without_variables_get_stand_ins(tmp_path: Path) -> None:
    package = tmp_path / "node_modules" / "pack" / "index.js"
    package.parent.mkdir(parents=True)
    package.write_text("process.env.OF_A_PACKAGE;")
    for name, text in {
        "serverless.yml": HEAD + "custom: ${file(./a.js)}\n",
        "a.js": NEEDY,
        "needed.js": NEEDED,
    }.items():
        (tmp_path / name).write_text(text)
    options = Options(env={"PATH": os.environ["PATH"]}, is_lenient=True, region="eu-west-1")
    found = resolve(tmp_path / "serverless.yml", options)
    assert found.document["custom"]["key"] == "none", "it does not fail for want of this one"
    assert found.document["custom"]["region"] == "eu-west-1" and found.document["custom"]["bucket"] == "missing-bucket"
    [warning] = [one for one in found.warnings if one.kind is Kind.ABSENT]
    assert warning.what.endswith("stand-ins are taken: STACK_REGION, BUCKET")
    assert warning.where == str(tmp_path / "a.js")
    (tmp_path / ".env.example").write_text("BUCKET=photos\n")
    assert resolve(tmp_path / "serverless.yml", options).document["custom"]["bucket"] == "photos"
    with pytest.raises(UserError) as error:
        resolve(tmp_path / "serverless.yml", Options(env={"PATH": os.environ["PATH"]}))
    assert "STACK_REGION is required" in str(error.value) and "not set: STACK_REGION, BUCKET" in str(error.value)


def test_what_a_program_was_given_becomes_what_its_place_wants(tmp_path: Path) -> None:
    program = """\
const { GROUP, SUBNET } = process.env;
if (!GROUP) throw new Error('GROUP is missing');
module.exports = {
  service: 'shop',
  provider: { name: 'aws', vpc: { securityGroupIds: [GROUP], subnetIds: ['${self:custom.subnet}'] } },
  custom: { subnet: SUBNET },
};
"""
    (tmp_path / "serverless.js").write_text(program)
    options = Options(env={"PATH": os.environ["PATH"]}, is_lenient=True)
    vpc = resolve(tmp_path / "serverless.js", options).document["provider"]["vpc"]
    assert vpc["securityGroupIds"][0].startswith("sg-") and vpc["subnetIds"][0].startswith("subnet-")
