"""The local target: Stratolite's own CloudFormation, driven through public operations as AWS's would be.

A deployment is what the Serverless Framework does on AWS: a stack with the deployment bucket alone, the artefacts
uploaded into it, then the whole template as an update. Artefact keys name their content, and the names that
usually carry a time stamp carry a digest instead, so that a deployment of nothing new changes nothing.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from stratolite.core.call import Call
from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError, UserError
from stratolite.core.service import Operations
from stratolite.targets.plan import Apply, MakeBucket, MakeStandIn, Plan, Step, Upload

TEMPLATE_KEY = "stratolite/{stack}/template.json"
POLL_S = 0.02
STACK_S_MAX = 600
DONE = re.compile(r"^(CREATE|UPDATE)_COMPLETE$|_COMPLETE_CLEANUP_IN_PROGRESS$")
FAILED = re.compile(r"ROLLBACK_COMPLETE$|_FAILED$|^DELETE_COMPLETE$")
STAND_INS = {"sns": "topic"}


class Application(Protocol):
    """What a front end compiled, as far as a target needs to know it."""

    stack_name: str
    region: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a deployment tells while it runs."""

    resource: str
    kind: str
    status: str
    reason: str = ""


@dataclass
class Deployed:
    """What a deployment did."""

    stack_name: str
    changed: bool
    stand_ins: list[str] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)


class StackFailed(UserError):
    """The stack could not be made or updated; it is as it was before."""


def settled(template: Mapping[str, Any], stamp: str, artefacts: Mapping[str, str]) -> dict[str, Any]:
    """The template with its time stamps replaced by digests, so that equal input gives an equal template.

    ``stamp`` is the time stamp that the compiler put in (milliseconds, as text); ``artefacts`` maps the S3 keys that the
    template names to those under which the artefacts are uploaded.
    """
    text = json.dumps(template, sort_keys=True)
    for key, content_key in artefacts.items():
        text = text.replace(json.dumps(key)[1:-1], json.dumps(content_key)[1:-1])
    api = {
        name: resource
        for name, resource in json.loads(text).get("Resources", {}).items()
        if resource.get("Type", "").startswith("AWS::ApiGateway::")
    }
    digest = hashlib.sha256(json.dumps(api, sort_keys=True).encode()).hexdigest()
    # A deployment's logical id ends in thirteen digits; the digest gives thirteen others.
    text = text.replace(stamp, str(int(digest[:12], 16) % 10**13).zfill(13))
    result = json.loads(text)
    assert isinstance(result, dict)
    return result


class LocalTarget:
    """Executes plans on a running cloud."""

    def __init__(self, operations: Operations, clock: Clock, call: Call) -> None:
        self._operations = operations
        self._clock = clock
        self._call = call

    def plan(
        self,
        stack_name: str,
        *,
        template: Mapping[str, Any],
        core_template: Mapping[str, Any] | None,
        uploads: Sequence[Upload],
        stand_ins: Sequence[MakeStandIn],
        tags: Mapping[str, str],
    ) -> Plan:
        """The steps that a deployment takes, none of them taken yet."""
        steps: list[Step] = [*stand_ins]
        if core_template is not None:
            steps.append(MakeBucket(stack_name, dict(core_template)))
        steps += uploads
        steps.append(Apply(stack_name, dict(template), tuple(sorted(tags.items()))))
        return Plan(tuple(steps))

    async def execute(self, plan: Plan, tell: Callable[[Progress], None]) -> Deployed:
        """Take the steps. Raises StackFailed with the failed resource's reason, UserError for what is refused."""
        deployed = Deployed(plan.steps[-1].stack_name, changed=False)  # type: ignore[union-attr]
        for step in plan.steps:
            match step:
                case MakeStandIn():
                    if await self._stand_in(step):
                        deployed.stand_ins.append(step.arn)
                case MakeBucket():
                    await self._make_bucket(step, tell)
                case Upload():
                    await self._upload(deployed.stack_name, step)
                case Apply():
                    deployed.changed = await self._apply(step, tell)
        stack = await self._stack(deployed.stack_name)
        deployed.outputs = {output["OutputKey"]: output["OutputValue"] for output in (stack or {}).get("Outputs", [])}
        return deployed

    async def remove(self, stack_name: str, tell: Callable[[Progress], None]) -> bool:
        """Delete a stack and what its deployment bucket holds; False when there is none."""
        stack = await self._stack(stack_name)
        if stack is None:
            return False
        for bucket in await self._buckets(stack_name):
            await self._empty(bucket)
        await self._do("cloudformation", "DeleteStack", {"StackName": stack["StackId"]})
        await self._wait(stack["StackId"], tell, since=self._clock.now_ms(), deleting=True)
        return True

    # Steps -----------------------------------------------------------------------------------------------

    async def _stand_in(self, step: MakeStandIn) -> bool:
        parts = step.arn.split(":")
        call = self._call.within(parts[4], parts[3])
        try:
            await self._operations.perform(call, "sns", "GetTopicAttributes", {"TopicArn": step.arn})
        except AwsError:
            await self._operations.perform(call, "sns", "CreateTopic", {"Name": parts[5]})
            return True
        return False

    async def _make_bucket(self, step: MakeBucket, tell: Callable[[Progress], None]) -> None:
        stack = await self._stack(step.stack_name)
        if stack is not None and stack["StackStatus"] not in ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"):
            return
        if stack is not None:
            await self.remove(step.stack_name, tell)
        since = self._clock.now_ms()
        body = json.dumps(step.template)
        created = await self._do(
            "cloudformation", "CreateStack", {"StackName": step.stack_name, "TemplateBody": body, **_CAPABLE}
        )
        await self._wait(created["StackId"], tell, since=since)

    async def _upload(self, stack_name: str, step: Upload) -> None:
        bucket = await self._bucket(stack_name)
        try:
            await self._do("s3", "HeadObject", {"Bucket": bucket, "Key": step.key})
        except AwsError:
            await self._do("s3", "PutObject", {"Bucket": bucket, "Key": step.key, "Body": step.path.read_bytes()})

    async def _apply(self, step: Apply, tell: Callable[[Progress], None]) -> bool:
        stack = await self._stack(step.stack_name)
        request: dict[str, Any] = {
            "StackName": step.stack_name,
            "Tags": [{"Key": key, "Value": value} for key, value in step.tags],
            **_CAPABLE,
            **await self._template_source(step),
        }
        since = self._clock.now_ms()
        try:
            operation = "CreateStack" if stack is None else "UpdateStack"
            answer = await self._do("cloudformation", operation, request)
        except AwsError as error:
            if "No updates are to be performed" in error.message:
                return False
            raise UserError(error.message, where=step.stack_name) from error
        await self._wait(answer["StackId"], tell, since=since)
        return True

    async def _template_source(self, step: Apply) -> dict[str, Any]:
        # A template over CloudFormation's 51,200 bytes goes by way of the bucket, as it has to on AWS.
        body = json.dumps(step.template)
        if len(body.encode()) <= 51_200:
            return {"TemplateBody": body}
        bucket = await self._bucket(step.stack_name)
        key = TEMPLATE_KEY.format(stack=step.stack_name)
        await self._do("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body.encode()})
        return {"TemplateURL": f"https://s3.amazonaws.com/{bucket}/{key}"}

    # Looking ---------------------------------------------------------------------------------------------

    async def _wait(
        self, stack_id: str, tell: Callable[[Progress], None], *, since: int, deleting: bool = False
    ) -> None:
        told: set[str] = set()
        reasons: list[Progress] = []
        for _ in range(int(STACK_S_MAX / POLL_S)):
            stack = await self._stack(stack_id)
            status = stack["StackStatus"] if stack else "DELETE_COMPLETE"
            for progress in await self._news(stack_id, since, told):
                tell(progress)
                if progress.status.endswith("_FAILED"):
                    reasons.append(progress)
            if deleting and status == "DELETE_COMPLETE":
                return
            if not deleting and DONE.search(status):
                return
            if FAILED.search(status):
                raise _failure(stack_id, status, reasons)
            await self._clock.sleep(POLL_S)
        raise StackFailed(f"the stack did not settle within {STACK_S_MAX} s", where=stack_id, exit_code=1)

    async def _news(self, stack_id: str, since: int, told: set[str]) -> list[Progress]:
        answer = await self._do("cloudformation", "DescribeStackEvents", {"StackName": stack_id})
        news = []
        for event in reversed(answer.get("StackEvents", [])):
            if event["EventId"] in told or event["Timestamp"] * 1000 < since:
                continue
            told.add(event["EventId"])
            news.append(
                Progress(
                    event["LogicalResourceId"],
                    event.get("ResourceType", ""),
                    event["ResourceStatus"],
                    event.get("ResourceStatusReason", ""),
                )
            )
        return news

    async def _stack(self, name: str) -> dict[str, Any] | None:
        try:
            answer = await self._do("cloudformation", "DescribeStacks", {"StackName": name})
        except AwsError:
            return None
        stack: dict[str, Any] = answer["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    async def _buckets(self, stack_name: str) -> list[str]:
        answer = await self._do("cloudformation", "DescribeStackResources", {"StackName": stack_name})
        return [
            resource["PhysicalResourceId"]
            for resource in answer["StackResources"]
            if resource["LogicalResourceId"] == "ServerlessDeploymentBucket" and resource.get("PhysicalResourceId")
        ]

    async def _bucket(self, stack_name: str) -> str:
        buckets = await self._buckets(stack_name)
        if not buckets:
            raise UserError("the stack has no deployment bucket", where=stack_name, exit_code=1)
        return buckets[0]

    async def _empty(self, bucket: str) -> None:
        for keys in await self._keys(bucket):
            await self._do("s3", "DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": keys, "Quiet": True}})

    async def _keys(self, bucket: str) -> list[list[dict[str, str]]]:
        pages, token = [], ""
        while True:
            request = {"Bucket": bucket} | ({"ContinuationToken": token} if token else {})
            answer = await self._do("s3", "ListObjectsV2", request)
            if answer.get("Contents"):
                pages.append([{"Key": item["Key"]} for item in answer["Contents"]])
            token = answer.get("NextContinuationToken", "")
            if not token:
                return pages

    async def _do(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await self._operations.perform(self._call, service, operation, request)


_CAPABLE = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]}


def _failure(stack_id: str, status: str, reasons: Sequence[Progress]) -> StackFailed:
    causes = list(_causes(reasons))
    name = stack_id.split("/")[1] if "/" in stack_id else stack_id
    what = "; ".join(causes) if causes else f"the stack ended as {status}"
    return StackFailed(
        what, where=name, todo=f"The stack is {status}; nothing of this deployment is kept.", exit_code=1
    )


def _causes(reasons: Sequence[Progress]) -> Iterator[str]:
    for progress in reasons:
        # A resource that was merely cancelled is not a cause.
        if progress.kind != "AWS::CloudFormation::Stack" and "cancelled" not in progress.reason:
            yield f"{progress.resource} ({progress.kind}): {progress.reason}"


def content_key(service: str, stage: str, path: Path) -> str:
    """The key under which an artefact is uploaded: it names the content."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"serverless/{service}/{stage}/{digest}/{path.name}"
