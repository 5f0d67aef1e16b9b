"""A function that rotates secrets, and tells in a file what it was asked for.

Files beside that one make a step fail, or hang when its work is done.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from tests.archives import zipped

STEPS = ["createSecret", "setSecret", "testSecret", "finishSecret"]
SOURCE = """
import json, os, time
import boto3

secrets = boto3.client("secretsmanager")


def handler(event, context):
    with open(os.environ["ASKED"], "a") as asked:
        asked.write(json.dumps(event) + chr(10))
    step, secret, version = event["Step"], event["SecretId"], event["ClientRequestToken"]
    if os.path.exists(os.environ["ASKED"] + "." + step):
        raise RuntimeError(step + " cannot be done")
    described = secrets.describe_secret(SecretId=secret)
    assert described["RotationEnabled"]
    stages = described["VersionIdsToStages"]
    if step == "createSecret":
        secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")
        try:
            secrets.get_secret_value(SecretId=secret, VersionId=version, VersionStage="AWSPENDING")
        except secrets.exceptions.ResourceNotFoundException:
            secrets.put_secret_value(
                SecretId=secret,
                ClientRequestToken=version,
                SecretString="value of " + version,
                VersionStages=["AWSPENDING"],
                RotationToken=event["RotationToken"],
            )
    elif step == "testSecret" and os.environ.get("READS"):
        with open(os.environ["ASKED"] + ".read", "a") as read:
            value = secrets.get_secret_value(SecretId=secret, VersionId=version, VersionStage="AWSPENDING")
            read.write(value["SecretString"] + chr(10))
    elif step == "finishSecret":
        current = next(one for one in stages if "AWSCURRENT" in stages[one])
        if current != version:
            secrets.update_secret_version_stage(
                SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current
            )
    while os.path.exists(os.environ["ASKED"] + ".hang." + step):
        time.sleep(0.01)
"""


class Cloud(Protocol):
    def client(self, service: str) -> Any:
        """A boto3 client."""


class Rotator:
    """The function in a cloud, and what it was asked for."""

    def __init__(
        self, cloud: Cloud, folder: Path, name: str = "rotator", source: str = SOURCE, **environment: str
    ) -> None:
        self._asked = folder / f"asked-of-{name}"
        self._seen = 0
        self.read = folder / f"{self._asked.name}.read"
        self.functions = cloud.client("lambda")
        self.arn: str = self.functions.create_function(
            FunctionName=name,
            Runtime="python3.12",
            Handler="index.handler",
            Role="arn:aws:iam::123456789012:role/r",
            Code={"ZipFile": zipped(source)},
            Timeout=30,
            Environment={"Variables": {"ASKED": str(self._asked), **environment}},
        )["FunctionArn"]

    def let_in(self, **more: str) -> None:
        """Give Secrets Manager the permission to invoke it."""
        self.functions.add_permission(
            FunctionName=self.arn,
            StatementId="s",
            Action="lambda:InvokeFunction",
            Principal="secretsmanager.amazonaws.com",
            **more,
        )

    def shut_out(self) -> None:
        self.functions.remove_permission(FunctionName=self.arn, StatementId="s")

    def asked(self) -> list[Mapping[str, Any]]:
        """The events since this was last asked."""
        lines = self._asked.read_text().splitlines() if self._asked.exists() else []
        news, self._seen = lines[self._seen :], len(lines)
        return [json.loads(line) for line in news]

    def steps(self) -> list[str]:
        """The steps of those events."""
        return [event["Step"] for event in self.asked()]

    def fails(self, step: str) -> Path:
        """Make a step fail for as long as a file is there."""
        return self._marked(step)

    def hangs(self, step: str) -> Path:
        """Make a step hang at its end for as long as a file is there."""
        return self._marked(f"hang.{step}")

    def _marked(self, name: str) -> Path:
        file = self._asked.with_name(f"{self._asked.name}.{name}")
        file.touch()
        return file
