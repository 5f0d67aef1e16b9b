"""Source in a template, as a zip."""

import io
import zipfile

import pytest

from stratolite.services.lambda_ import api
from stratolite.services.lambda_.cfn.inline import zipped


def names(source: str, runtime: str) -> list[str]:
    return zipfile.ZipFile(io.BytesIO(zipped(source, runtime))).namelist()


@pytest.mark.parametrize(
    ("runtime", "source", "files"),
    [
        ("python3.12", "x = 1", ["index.py"]),
        ("python3.12", "import json\nimport cfnresponse\n", ["index.py", "cfnresponse.py"]),
        ("python3.12", "    import  cfnresponse", ["index.py", "cfnresponse.py"]),
        ("python3.12", "# no import cfnresponse", ["index.py"]),
        ("nodejs20.x", "exports.handler = 1", ["index.js"]),
        ("nodejs20.x", "var r = require('cfn-response');", ["index.js", "node_modules/cfn-response/index.js"]),
        ("nodejs20.x", 'const r = require( "cfn-response" )', ["index.js", "node_modules/cfn-response/index.js"]),
    ],
)
def test_the_module_is_there_for_who_imports_it(runtime: str, source: str, files: list[str]) -> None:
    """https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-lambda-function-code-cfnresponsemodule.html"""
    assert names(source, runtime) == files


def test_equal_sources_give_equal_zips() -> None:
    assert zipped("x = 1", "python3.12") == zipped("x = 1", "python3.13")


def test_other_runtimes_have_no_inline_source() -> None:
    with pytest.raises(api.InvalidParameterValueException, match="ZipFile can only be used when Runtime is set"):
        zipped("x", "provided.al2023")
