"""Functions that are deployed along, to do what CloudFormation cannot: change what belongs to other stacks.

Their code is beside this file, one folder a function: ours, under the names by which the Serverless Framework's
templates call its own. The templates say Node 18, as the framework's do; on AWS, which makes no functions of that any
more, each gets the runtime that it is written for.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratolite.templates.artefacts import Artefact, Entry
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.logs import log_group

ROLE = "IamRoleCustomResourcesLambdaExecution"
ARTEFACT = "custom-resources.zip"
CODE = Path(__file__).parent
NAME_LENGTH_MAX = 64
_HALF = 32
_LOG_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:"


@dataclass(frozen=True)
class Maker:
    """A function that makes custom resources: the end of its name, where its code begins, its runtime on AWS."""

    name: str
    handler: str
    runtime: str

    @property
    def logical_id(self) -> str:
        return naming.lambda_function(naming.normalized(self.name))


def add(
    work: Compilation, maker: Maker, statements: Sequence[dict[str, Any]], *, is_for_aws_alone: bool = False
) -> list[str]:
    """The function, its role with ``statements`` besides those of others, its log group; the ids of what is new."""
    service = work.service
    function_name = _function_name(f"{service.name}-{service.stage}-{maker.name}")
    writes_logs = truthy(service.setting("logs", "frameworkLambda"))
    waits: list[str] = []
    before = set(work.resources)
    deployment_role = service.setting("iam", "deploymentRole") or service.provider.get("cfnRole")
    if not truthy(deployment_role):
        if ROLE not in work.resources:
            work.put(ROLE, "AWS::IAM::Role", _role(work, writes_logs=writes_logs))
        policy = work.resources[ROLE]["Properties"]["Policies"][0]["PolicyDocument"]
        # One statement for what several name alike; functions of CloudFormation are never alike there.
        for statement in statements:
            named = statement["Resource"] if isinstance(statement["Resource"], str) else None
            if named is None or all(before["Resource"] != named for before in policy["Statement"]):
                policy["Statement"].append(statement)
        waits.append(ROLE)
    if writes_logs:
        group = naming.log_group(maker.name)
        waits.append(group)
        work.put(group, "AWS::Logs::LogGroup", log_group(service, naming.log_group_name(function_name), {}))
    key = f"{work.key_prefix}/{ARTEFACT}"
    work.put(
        maker.logical_id,
        "AWS::Lambda::Function",
        {
            "Code": {"S3Bucket": service.code_bucket, "S3Key": key},
            "FunctionName": function_name,
            "Handler": maker.handler,
            "MemorySize": 1024,
            "Runtime": "nodejs18.x",
            "Timeout": 180,
            "Role": deployment_role or {"Fn::GetAtt": [ROLE, "Arn"]},
        },
        depends_on=waits,
    )
    work.aws_runtimes[maker.logical_id] = maker.runtime
    if all(artefact.key != key for artefact in work.artefacts):
        (work.aws_artefacts if is_for_aws_alone else work.artefacts).append(Artefact(ARTEFACT, key, entries=_entries()))
    return [name for name in (maker.logical_id, *waits) if name not in before]


def _entries() -> tuple[Entry, ...]:
    files = sorted(path for path in CODE.rglob("*") if path.suffix == ".js" or path.name == "handler.py")
    return tuple(Entry(path.relative_to(CODE).as_posix(), str(path)) for path in files)


def _function_name(name: str) -> str:
    """Names over AWS's limit keep their beginning, and end in a digest."""
    if len(name) <= NAME_LENGTH_MAX:
        return name
    return name[:_HALF] + hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()


def _role(work: Compilation, *, writes_logs: bool) -> dict[str, Any]:
    service = work.service
    trust = {"Effect": "Allow", "Principal": {"Service": ["lambda.amazonaws.com"]}, "Action": ["sts:AssumeRole"]}
    statements: list[dict[str, Any]] = []
    if writes_logs:
        group = _LOG_ARN + naming.log_group_name(f"{service.name}-{service.stage}")
        create = ["logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource"]
        statements += [
            {"Effect": "Allow", "Action": create, "Resource": [{"Fn::Sub": f"{group}*:*"}]},
            {"Effect": "Allow", "Action": ["logs:PutLogEvents"], "Resource": [{"Fn::Sub": f"{group}*:*:*"}]},
        ]
    name = {"Fn::Join": ["-", [service.stage, service.name, "custom-resources-lambda"]]}
    policy = {"PolicyName": name, "PolicyDocument": {"Version": "2012-10-17", "Statement": statements}}
    return {
        "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]},
        "Policies": [policy],
    }
