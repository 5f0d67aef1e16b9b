"""The local target: Stratolite's own CloudFormation, driven through public operations as AWS's would be.

A deployment is what the Serverless Framework does on AWS: a stack with the deployment bucket alone, the artefacts
uploaded into it, then the whole template as an update. Artefacts are named by their content (``content.py``), so that a
deployment of nothing new changes nothing.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.call import Call
from stratolite.core.clock import Clock
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.core.errors import AwsError, UserError
from stratolite.core.service import Operations
from stratolite.targets import stand_ins
from stratolite.targets.afterwards import Afterwards
from stratolite.targets.content import own_bucket
from stratolite.targets.done import Done, Stack
from stratolite.targets.plan import (
    Apply,
    ConfigureStage,
    MakeBucket,
    MakeStandIn,
    MapDomains,
    Plan,
    Prune,
    PutSeeds,
    SyncFolder,
    Upload,
)

BUCKET_LOGICAL_ID = "ServerlessDeploymentBucket"
REST_API_LOGICAL_ID = "ApiGatewayRestApi"
TEMPLATE_BODY_BYTES_MAX = 51_200
POLL_S = 0.01
STACK_S_MAX = 600
DONE = re.compile(r"^(CREATE|UPDATE)_COMPLETE$|^UPDATE_COMPLETE_CLEANUP_IN_PROGRESS$")
FAILED = re.compile(r"ROLLBACK_COMPLETE$|_FAILED$|^DELETE_COMPLETE$")
UNMADE = ("ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS")
"""A stack in these states can only be deleted, or was never made."""
CAPABLE = {"Capabilities": ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]}


@dataclass(frozen=True, slots=True)
class Progress:
    """What a deployment tells while it runs: the latest event of a resource."""

    resource: str
    kind: str
    status: str
    reason: str = ""


@dataclass
class Deployed:
    """What a deployment did. ``stand_ins``: ARNs that were made empty."""

    stack_name: str
    changed: bool = False
    stand_ins: list[str] = field(default_factory=list)
    done: Done = field(default_factory=Done)
    """What was done once the stack stood."""
    domains: list[DomainMapping] = field(default_factory=list)
    """The names that its APIs have."""
    renamed: bool = False
    """Whether they are others than before."""


class StackFailed(UserError):
    """The stack could not be made or updated; it is as it was before."""


class LocalTarget:
    """Executes plans on a running cloud. ``afterwards``: who does what plugins do, of all deployments of a run."""

    def __init__(self, operations: Operations, clock: Clock, call: Call, afterwards: Afterwards | None = None) -> None:
        self._operations = operations
        self._clock = clock
        self._call = call
        self._afterwards = afterwards
        self._elsewhere: dict[str, str] = {}
        """What the application names by ARN, and the ARN of what stands in for it."""

    async def execute(self, plan: Plan, tell: Callable[[Progress], None]) -> Deployed:
        """Take the steps. Raises StackFailed with the failed resource's reason, UserError for what is refused."""
        deployed = Deployed(plan.stack_name)
        await self._settled(plan.stack_name, tell)
        for step in plan.steps:
            match step:
                case MakeStandIn():
                    made = await stand_ins.make(self._operations, self._call, step)
                    self._elsewhere[step.arn] = made.arn
                    if made.is_new:
                        deployed.stand_ins.append(step.arn)
                case MakeBucket():
                    await self._make_bucket(plan, step, tell)
                case Upload():
                    await self._upload(plan, step)
                case Apply():
                    deployed.changed = await self._apply(plan, step, tell)
                case ConfigureStage():
                    await self._configure_stage(plan, step)
                case Prune():
                    await self._prune(plan, step)
                case PutSeeds() | SyncFolder() | MapDomains():
                    await self._do_afterwards(plan, step, deployed)
        return deployed

    async def remove(self, stack_name: str, tell: Callable[[Progress], None]) -> bool:
        """Delete a stack and what its deployment bucket holds; False when there is none."""
        await self._settled(stack_name, tell)
        stack = await self._stack(stack_name)
        if stack is None:
            return False
        bucket = await self._made_bucket(stack_name)
        if bucket is not None:
            await self._delete_objects(bucket, await self._keys(bucket, ""))
        since = self._clock.now_ms()
        await self._do("cloudformation", "DeleteStack", {"StackName": stack["StackId"]})
        await self._wait(stack["StackId"], tell, since=since, deleting=True)
        return True

    # Steps -----------------------------------------------------------------------------------------------

    async def _make_bucket(self, plan: Plan, step: MakeBucket, tell: Callable[[Progress], None]) -> None:
        stack = await self._stack(plan.stack_name)
        if stack is not None and stack["StackStatus"] not in UNMADE:
            return
        if stack is not None:
            await self.remove(plan.stack_name, tell)
        since = self._clock.now_ms()
        body = json.dumps(step.template)
        request = {"StackName": plan.stack_name, "TemplateBody": body, **CAPABLE}
        created = await self._do("cloudformation", "CreateStack", request)
        await self._wait(created["StackId"], tell, since=since)

    async def _upload(self, plan: Plan, step: Upload) -> None:
        bucket = await self._bucket(plan)
        if step.key not in await self._keys(bucket, step.key):
            body = step.artefact.content()
            await self._do("s3", "PutObject", {"Bucket": bucket, "Key": step.key, "Body": body})

    async def _apply(self, plan: Plan, step: Apply, tell: Callable[[Progress], None]) -> bool:
        stack = await self._stack(plan.stack_name)
        if stack is not None and stack["StackStatus"] in UNMADE:
            await self.remove(plan.stack_name, tell)
            stack = None
        source = await self._template_source(plan, step)
        request: dict[str, Any] = {"StackName": plan.stack_name, **CAPABLE, **source, **step.settings}
        since = self._clock.now_ms()
        operation = "CreateStack" if stack is None else "UpdateStack"
        try:
            answer = await self._operations.perform(self._call, "cloudformation", operation, request)
        except AwsError as error:
            if "No updates are to be performed" in error.message:
                return False
            raise UserError(error.message, where=plan.stack_name, exit_code=1) from error
        await self._wait(answer["StackId"], tell, since=since)
        return True

    async def _template_source(self, plan: Plan, step: Apply) -> dict[str, Any]:
        # A template over CloudFormation's limit for request bodies goes by way of the bucket, as it has to on AWS.
        body = json.dumps(step.template)
        for named, actual in self._elsewhere.items():
            body = body.replace(json.dumps(named), json.dumps(actual))
        if len(body.encode()) <= TEMPLATE_BODY_BYTES_MAX:
            return {"TemplateBody": body}
        bucket = await self._bucket(plan)
        key = f"stratolite/{plan.stack_name}/template.json"
        await self._do("s3", "PutObject", {"Bucket": bucket, "Key": key, "Body": body.encode()})
        return {"TemplateURL": f"https://s3.amazonaws.com/{bucket}/{key}"}

    async def _configure_stage(self, plan: Plan, step: ConfigureStage) -> None:
        api_id = await self._made(plan.stack_name, REST_API_LOGICAL_ID)
        if api_id is None:
            return
        for request in step.requests:
            await self._do("apigateway", "UpdateStage", {"restApiId": api_id, **request})
        if step.tags:
            arn = f"arn:aws:apigateway:{self._call.region}::/restapis/{api_id}/stages/{step.name}"
            await self._do("apigateway", "TagResource", {"resourceArn": arn, "tags": dict(step.tags)})

    async def _prune(self, plan: Plan, step: Prune) -> None:
        bucket = await self._bucket(plan)
        old = [key for key in await self._keys(bucket, step.prefix) if key not in step.kept]
        await self._delete_objects(bucket, old)

    async def _do_afterwards(self, plan: Plan, step: PutSeeds | SyncFolder | MapDomains, deployed: Deployed) -> None:
        afterwards = self._afterwards
        if afterwards is None:
            return
        has_something = not isinstance(step, MapDomains) or bool(step.domains)
        stack = await self._standing(plan) if has_something else Stack(plan.stack_name)
        match step:
            case PutSeeds():
                await afterwards.seeds.put(self._call, stack, step.seeds, deployed.done)
            case SyncFolder():
                await afterwards.folders.sync(self._call, stack, step.folder, deployed.done)
            case MapDomains():
                deployed.domains, deployed.renamed = afterwards.names.map(stack, step.domains)

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
                if progress.status.endswith(("_FAILED", "ROLLBACK_IN_PROGRESS")):
                    reasons.append(progress)
            if deleting and status == "DELETE_COMPLETE":
                return
            if not deleting and DONE.search(status):
                return
            if stack and DONE.search(status):
                # It was not deleted: another stack imports what it exports.
                held = stack.get("StackStatusReason", f"the stack is still {status}")
                raise StackFailed(held, where=stack["StackName"], todo="Remove what uses it first.", exit_code=1)
            if FAILED.search(status):
                raise _failure(stack_id, status, reasons)
            await self._clock.sleep(POLL_S)
        raise StackFailed(f"the stack did not settle within {STACK_S_MAX} s", where=stack_id, exit_code=1)

    async def _settled(self, stack_name: str, tell: Callable[[Progress], None]) -> None:
        """Wait for what is going on already: a deployment that was cut off is gone on with as soon as a cloud runs."""
        told: set[str] = set()
        since = self._clock.now_ms()
        for _ in range(int(STACK_S_MAX / POLL_S)):
            stack = await self._stack(stack_name)
            status = "" if stack is None else stack["StackStatus"]
            if stack is None or status in UNMADE or not status.endswith("_IN_PROGRESS"):
                return
            for progress in await self._news(stack["StackId"], since, told):
                tell(progress)
            await self._clock.sleep(POLL_S)
        raise StackFailed(f"the stack is {status} for {STACK_S_MAX} s already", where=stack_name, exit_code=1)

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
            answer = await self._operations.perform(self._call, "cloudformation", "DescribeStacks", {"StackName": name})
        except AwsError as error:
            if "does not exist" in error.message:
                return None
            raise UserError(error.message, where=name, exit_code=1) from error
        stack: dict[str, Any] = answer["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    async def _standing(self, plan: Plan) -> Stack:
        """The stack as it stands, for what is done afterwards."""
        described = await self._stack(plan.stack_name) or {}
        answer = await self._do("cloudformation", "DescribeStackResources", {"StackName": plan.stack_name})
        made = {
            one["LogicalResourceId"]: str(one["PhysicalResourceId"])
            for one in answer["StackResources"]
            if one.get("PhysicalResourceId")
        }
        outputs = {one["OutputKey"]: one["OutputValue"] for one in described.get("Outputs", [])}
        return Stack(plan.stack_name, made, outputs, await self._bucket(plan))

    async def _made_bucket(self, stack_name: str) -> str | None:
        """The deployment bucket that a stack made; None when it has none."""
        return await self._made(stack_name, BUCKET_LOGICAL_ID)

    async def _made(self, stack_name: str, logical_id: str) -> str | None:
        """What a stack made under a logical id; None when it has no such resource."""
        answer = await self._do("cloudformation", "DescribeStackResources", {"StackName": stack_name})
        for resource in answer["StackResources"]:
            if resource["LogicalResourceId"] == logical_id and resource.get("PhysicalResourceId"):
                return str(resource["PhysicalResourceId"])
        return None

    async def _bucket(self, plan: Plan) -> str:
        """The bucket that a deployment uploads to; one of our own for a template that brings none."""
        made = plan.bucket or (await self._made_bucket(plan.stack_name) if await self._stack(plan.stack_name) else None)
        if made is not None:
            return made
        own = own_bucket(self._call.account, self._call.region)
        request: dict[str, Any] = {"Bucket": own}
        if self._call.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": self._call.region}
        try:
            await self._operations.perform(self._call, "s3", "CreateBucket", request)
        except AwsError as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise UserError(error.message, where=own, exit_code=1) from error
        return own

    async def _delete_objects(self, bucket: str, keys: Sequence[str]) -> None:
        for start in range(0, len(keys), 1000):
            page = [{"Key": key} for key in keys[start : start + 1000]]
            await self._do("s3", "DeleteObjects", {"Bucket": bucket, "Delete": {"Objects": page, "Quiet": True}})

    async def _keys(self, bucket: str, prefix: str) -> list[str]:
        found: list[str] = []
        request = {"Bucket": bucket, "Prefix": prefix}
        while True:
            answer = await self._do("s3", "ListObjectsV2", request)
            found += [item["Key"] for item in answer.get("Contents", [])]
            if not answer.get("NextContinuationToken"):
                return found
            request = {**request, "ContinuationToken": answer["NextContinuationToken"]}

    async def _do(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return await self._operations.perform(self._call, service, operation, request)
        except AwsError as error:
            raise UserError(f"{operation}: {error.message}", where=service, exit_code=1) from error


def _failure(stack_id: str, status: str, reasons: Sequence[Progress]) -> StackFailed:
    # What no resource is to blame for (an export that is not there) is told of the stack itself.
    causes = list(_causes(reasons)) or [each.reason.strip() for each in reasons if each.reason]
    name = stack_id.split("/")[1] if "/" in stack_id else stack_id
    what = "; ".join(dict.fromkeys(causes)) if causes else f"the stack ended as {status}"
    return StackFailed(
        what, where=name, todo=f"The stack is {status}; nothing of this deployment is kept.", exit_code=1
    )


def _causes(reasons: Sequence[Progress]) -> Iterator[str]:
    for progress in reasons:
        # A resource that was merely cancelled is not a cause.
        if progress.kind != "AWS::CloudFormation::Stack" and "cancelled" not in progress.reason:
            yield f"{progress.resource} ({progress.kind}): {progress.reason}"
