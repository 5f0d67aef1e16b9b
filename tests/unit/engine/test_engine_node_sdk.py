"""What the bootstrap of Node does about the SDKs: the part that needs no environment."""

import shutil
import subprocess
from pathlib import Path

import pytest

import stratolite.engine

BOOTSTRAP = Path(stratolite.engine.__file__).parent / "bootstrap" / "node_sdk.mjs"
PROGRAM = """
import {{ keepQuiet }} from '{module}';
keepQuiet();
process.emitWarning('NodeVersionSupportWarning: The AWS SDK will require a newer one.');
process.emitWarning('something else');
process.emitWarning(new Error('of a third kind'));
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")
def test_what_the_sdk_says_of_the_version_of_node_is_not_shown() -> None:
    program = PROGRAM.format(module=BOOTSTRAP.as_uri())
    command = ["node", "--input-type=module", "--eval", program]
    said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stderr
    assert "something else" in said and "of a third kind" in said
    assert "NodeVersionSupportWarning" not in said
