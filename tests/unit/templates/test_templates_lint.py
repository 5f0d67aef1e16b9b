"""Every template that the compiler writes, before cfn-lint: no errors but those that the files themselves bring.

Warnings are allowed: W3005 (a DependsOn that a reference says already, as the Serverless Framework writes it), W2531
(an old runtime that a file asks for), W3011 (a DeletionPolicy without an UpdateReplacePolicy, of a file's own).
"""

import json
import os
from pathlib import Path

import pytest

from stratolite.core.clock import MovableClock
from stratolite.templates.serverless import Options, compile_service

pytest.importorskip("cfnlint")

ROOT = Path(__file__).parent.parent.parent.parent
REAL = sorted([*ROOT.glob("examples/*/serverless.yml"), *(ROOT.parent / "shared/golden").glob("*/serverless.yml")])
"""Services as people write them: nothing is let go."""
ODD = sorted((ROOT / "tests" / "golden").glob("*/serverless.yml"))
"""Files that try the compiler's corners: what they name is often not there, and no value."""
OF_THE_FILE = {
    "E1010": "an attribute of a resource that the file names and does not make",
    "E1019": "a substitution of a name that the file does not make",
    "E1020": "a reference to a resource that the file names and does not make",
    "E1029": "a text of the file with ${AWS::AccountId} outside of Fn::Sub, as the framework leaves it",
    "E1150": "the file's own id of a security group, too short",
    "E1158": "the file's own ARN of a topic, with a pseudo parameter in it",
    "E2530": "SnapStart of a runtime of Node, as the file asks for it",
    "E3001": "a logical id with a slash, from a name in the file",
    "E3002": "environment variables of one letter",
    "E3004": "a path of the file that leads to itself",
    "E3005": "a DependsOn of the file on what is not there",
    "E3012": "an extension of the file with a value of another type",
    "E3016": "an extension of the file with an UpdatePolicy that none is",
    "E3031": "ids of subnets, security groups and topics that are none",
    "E3034": "an extension of the file with too little memory",
    "E3510": "a resource of a statement that is no ARN, as the file has it",
}


def compiled(file: Path) -> dict[str, object]:
    words = (file.parent / "args").read_text().split() if (file.parent / "args").exists() else []
    given = dict(zip(words[::2], words[1::2], strict=True))
    options = Options(
        stage=given.get("--stage"), region=given.get("--region"), env=dict(os.environ), clock=MovableClock()
    )
    return compile_service(file, options).template


def errors(template: dict[str, object]) -> list[tuple[str, str]]:
    """Rule and message of each error."""
    from cfnlint.api import lint
    from cfnlint.config import ManualArgs

    found = lint(json.dumps(template), config=ManualArgs(regions=["us-east-1"]))
    return [(one.rule.id, f"{one.rule.id} {one.message} {one.path}") for one in found if one.rule.id.startswith("E")]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", REAL, ids=lambda file: file.parent.name)
def test_services_have_no_errors(file: Path) -> None:
    assert errors(compiled(file)) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("file", ODD, ids=lambda file: file.parent.name)
def test_odd_files_bring_their_own_errors_alone(file: Path) -> None:
    assert [message for rule, message in errors(compiled(file)) if rule not in OF_THE_FILE] == []
