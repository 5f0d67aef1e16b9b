"""The target that is an account of AWS, or of a running local cloud over the wire: change sets, shown before they run.

``prepare`` works out what would change and makes nothing but a change set (and, for a large template, an object in the
deployment bucket); ``execute`` does it, ``discard`` forgets it. A stack is made as the Serverless Framework makes it:
the deployment bucket first, then the whole template as an update, so that either tool can go on with what the other has
deployed.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.core.clock import Clock
from stratolite.core.errors import AwsError, UserError
from stratolite.targets import limits, stand_ins
from stratolite.targets.account import Account
from stratolite.targets.changes import Changes, added, of_change_set, of_removal
from stratolite.targets.content import own_bucket
from stratolite.targets.deposit import Deposit, Sending, Sent
from stratolite.targets.following import Following, Tell
from stratolite.targets.local import BUCKET_LOGICAL_ID, CAPABLE, REST_API_LOGICAL_ID
from stratolite.targets.plan import Apply, ConfigureStage, MakeBucket, MakeStandIn, Plan, Prune, SetPolicy, Upload

UNMADE = {
    "REVIEW_IN_PROGRESS": "it was looked at and never made",
    "ROLLBACK_COMPLETE": "its first deployment failed",
    "ROLLBACK_FAILED": "its first deployment failed, and so did its way back",
    "CREATE_FAILED": "its first deployment failed",
    "DELETE_FAILED": "it was deleted, but for what could not be",
}
"""Stacks in these states can only be deleted, and made anew."""
STUCK = {
    "UPDATE_ROLLBACK_FAILED": "Mend it with 'aws cloudformation continue-update-rollback', then deploy again.",
    "UPDATE_FAILED": "Take it back with 'aws cloudformation rollback-stack', then deploy again.",
}
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
CHANGE_SET_S_MAX = 600
POLL_S = 0.25
TEMPLATE_NAME = "template.json"


@dataclass
class Prepared:
    """A plan, worked out against what the account has."""

    plan: Plan
    changes: Changes
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    stack: Mapping[str, Any] | None = None
    change_set: str = ""
    template_object: tuple[str, str] | None = None
    """Bucket and key of the template, where it was too large to be sent as it is."""


@dataclass
class Done:
    """What a deployment did."""

    changed: bool = False
    status: str = ""
    outputs: dict[str, str] = field(default_factory=dict)
    sending: Sending = field(default_factory=Sending)
    stand_ins: list[str] = field(default_factory=list)


class AwsTarget:
    """Deploys to one account and region. ``places``: where resources are written, by logical id."""

    def __init__(
        self,
        account: Account,
        clock: Clock,
        *,
        places: Mapping[str, str] | None = None,
        object_settings: Mapping[str, str] | None = None,
        name: str = "stratolite",
    ) -> None:
        self._account = account
        self._clock = clock
        self._places = places or {}
        self._object_settings = object_settings or {}
        self._name = name
        self._elsewhere: dict[str, str] = {}

    # Before -----------------------------------------------------------------------------------------------

    async def prepare(self, plan: Plan) -> Prepared:
        """What a plan would change. Raises UserError for what cannot be deployed, AccessFailed."""
        stack = self.stack(plan.stack_name)
        status = stack["StackStatus"] if stack else ""
        self._require_idle(plan.stack_name, status)
        made: list[str] = []
        if stack is not None and status not in UNMADE:
            made = await self._make_stand_ins(plan)
        after = self._template(plan)
        limits.check(after, plan.stack_name)
        if stack is None or status in UNMADE:
            notes: tuple[str, ...] = (
                (f"the stack is {status}: {UNMADE[status]}, so it is deleted and made anew",) if stack else ()
            )
            return Prepared(plan, self._changes(plan, added(after), is_new=True, notes=notes), {}, after, stack)
        prepared = Prepared(plan, self._changes(plan, ()), self._deployed_template(plan.stack_name), after, stack)
        described = await self._make_change_set(prepared, "UPDATE")
        notes = tuple(f"{arn} is named but not made here: an empty stand-in was made" for arn in made)
        rows = of_change_set(described, prepared.before, after)
        prepared.changes = self._changes(plan, rows, notes=notes, is_beside=bool(prepared.change_set) and not rows)
        return prepared

    async def discard(self, prepared: Prepared) -> None:
        """Forget what was prepared."""
        if prepared.change_set:
            self._do("DeleteChangeSet", {"ChangeSetName": prepared.change_set, "StackName": prepared.plan.stack_name})
        if prepared.template_object is not None:
            bucket, key = prepared.template_object
            Deposit(self._account, bucket, {}).remove([key])

    def removal(self, stack_name: str) -> Changes | None:
        """What goes when a stack is deleted; None when there is none. Raises UserError, AccessFailed."""
        stack = self.stack(stack_name)
        if stack is None:
            return None
        self._require_idle(stack_name, stack["StackStatus"] if stack["StackStatus"] not in STUCK else "")
        rows = of_removal(self._resources(stack_name), self._deployed_template(stack_name))
        return Changes(stack_name, self._account.id, self._account.region, rows)

    # Doing ------------------------------------------------------------------------------------------------

    async def execute(self, prepared: Prepared, tell: Tell, sent: Sent) -> Done:
        """Do what was prepared. Raises StackFailed with the failed resource's reason, UserError, AccessFailed."""
        done, plan = Done(), prepared.plan
        if prepared.changes.is_new:
            await self._begin(prepared, tell, done)
        elif not prepared.change_set:
            return await self._finish(prepared, done)
        uploads = [step for step in plan.steps if isinstance(step, Upload)]
        if uploads:
            done.sending = self._deposit(plan).send(uploads, sent)
        if prepared.changes.is_new:
            exists = self.stack(plan.stack_name) is not None
            await self._make_change_set(prepared, "UPDATE" if exists else "CREATE")
        if not prepared.changes.is_new:
            self._set_policy(plan)
        if prepared.change_set:
            await self._run(prepared, tell)
            done.changed = True
        if prepared.changes.is_new:
            self._set_policy(plan)
        return await self._finish(prepared, done)

    async def remove(self, stack_name: str, tell: Tell) -> bool:
        """Empty the deployment bucket and delete the stack; False when there is none. Raises StackFailed."""
        stack = self.stack(stack_name)
        if stack is None:
            return False
        bucket = self._made(stack_name, BUCKET_LOGICAL_ID)
        if bucket is not None:
            Deposit(self._account, bucket, {}).empty()
        following = self._following(stack["StackId"]).begin()
        self._do("DeleteStack", {"StackName": stack["StackId"]})
        await following.until_settled(tell, deleting=True)
        return True

    async def follow(self, stack_name: str, tell: Tell) -> str | None:
        """Follow the operation that goes on, if one does; the status in the end. None when there is no stack."""
        stack = self.stack(stack_name)
        if stack is None:
            return None
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return str(stack["StackStatus"])
        deleting = stack["StackStatus"] == "DELETE_IN_PROGRESS"
        return await self._following(stack["StackId"]).until_settled(tell, deleting=deleting)

    async def _begin(self, prepared: Prepared, tell: Tell, done: Done) -> None:
        """The stack with its bucket alone, so that artefacts have a place."""
        plan = prepared.plan
        if prepared.stack is not None:
            await self.remove(plan.stack_name, tell)
        done.stand_ins = await self._make_stand_ins(plan)
        prepared.after = self._template(plan)
        core = next((step.template for step in plan.steps if isinstance(step, MakeBucket)), None)
        if core is None:
            return
        request = {"StackName": plan.stack_name, "TemplateBody": limits.compact(core), **CAPABLE}
        settings = _settings(plan)
        request |= {name: settings[name] for name in ("Tags", "RoleARN", "NotificationARNs") if name in settings}
        created = self._do("CreateStack", request)
        await self._following(created["StackId"]).until_settled(tell)

    async def _run(self, prepared: Prepared, tell: Tell) -> None:
        name = prepared.plan.stack_name
        stack = self.stack(name)
        assert stack is not None, "a change set makes its stack"
        following = self._following(stack["StackId"]).begin()
        request: dict[str, Any] = {"ChangeSetName": prepared.change_set, "StackName": name}
        if _settings(prepared.plan).get("DisableRollback"):
            request["DisableRollback"] = True
        self._do("ExecuteChangeSet", request)
        await following.until_settled(tell)

    async def _finish(self, prepared: Prepared, done: Done) -> Done:
        plan = prepared.plan
        for step in plan.steps:
            match step:
                case ConfigureStage():
                    self._configure_stage(plan, step)
                case Prune() if done.changed:
                    self._deposit(plan).prune(step.prefix, step.kept, step.earlier * max(1, len(step.kept)))
        stack = self.stack(plan.stack_name) or {}
        done.status = stack.get("StackStatus", "")
        done.outputs = {one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])}
        return done

    async def _make_stand_ins(self, plan: Plan) -> list[str]:
        """Stand-ins are for local clouds; on AWS, what a template names is there or is missing."""
        made = []
        for step in plan.steps:
            if isinstance(step, MakeStandIn) and self._account.is_local:
                call = Call(region=self._account.region)
                one = await stand_ins.make(self._account, call, step)
                self._elsewhere[step.arn] = one.arn
                if one.is_new:
                    made.append(step.arn)
        return made

    # Change sets ------------------------------------------------------------------------------------------

    async def _make_change_set(self, prepared: Prepared, kind: str) -> list[Mapping[str, Any]]:
        """Make one and wait for it; its changes. Without changes there is none."""
        plan = prepared.plan
        name = f"{self._name}-{self._clock.now_ms()}"
        request: dict[str, Any] = {
            "StackName": plan.stack_name,
            "ChangeSetName": name,
            "ChangeSetType": kind,
            **CAPABLE,
            **{key: value for key, value in _settings(plan).items() if key != "DisableRollback"},
            **self._template_source(prepared),
        }
        request["Parameters"] = self._parameters(prepared, request.get("Parameters", []))
        try:
            made = self._account.call("cloudformation", "CreateChangeSet", request)
        except AwsError as error:
            if any(text in error.message for text in NO_CHANGES):
                return []
            raise UserError(error.message, where=plan.stack_name, exit_code=1) from error
        prepared.change_set = made["Id"]
        return await self._described(prepared)

    async def _described(self, prepared: Prepared) -> list[Mapping[str, Any]]:
        request = {"ChangeSetName": prepared.change_set, "StackName": prepared.plan.stack_name}
        for _ in range(int(CHANGE_SET_S_MAX / POLL_S)):
            changes: list[Mapping[str, Any]] = []
            for page in self._pages("DescribeChangeSet", request):
                changes += page.get("Changes", [])
                status, reason = page["Status"], page.get("StatusReason", "")
            if status == "CREATE_COMPLETE":
                return changes
            if status == "FAILED":
                await self.discard(prepared)
                prepared.change_set, prepared.template_object = "", None
                if any(text in reason for text in NO_CHANGES):
                    return []
                raise UserError(f"nothing can be planned: {reason}", where=prepared.plan.stack_name, exit_code=1)
            await self._clock.sleep(POLL_S)
        raise UserError("the change set does not come about", where=prepared.plan.stack_name, exit_code=1)

    def _template_source(self, prepared: Prepared) -> dict[str, str]:
        body = limits.compact(prepared.after)
        if len(body.encode()) <= limits.INLINE_BYTES_MAX:
            return {"TemplateBody": body}
        deposit = self._deposit(prepared.plan)
        key = f"stratolite/{prepared.plan.stack_name}/{self._clock.now_ms()}-{TEMPLATE_NAME}"
        deposit.put(key, body.encode())
        prepared.template_object = (deposit.bucket, key)
        suffix = "amazonaws.com.cn" if self._account.region.startswith("cn-") else "amazonaws.com"
        return {"TemplateURL": f"https://s3.{self._account.region}.{suffix}/{deposit.bucket}/{key}"}

    def _parameters(self, prepared: Prepared, given: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that are given, and for the others what they were: as AWS's own deploy command has it."""
        named = {one["ParameterKey"] for one in given}
        had = {one["ParameterKey"] for one in (prepared.stack or {}).get("Parameters", [])}
        if prepared.changes.is_new:
            had = set()
        kept = [name for name in prepared.after.get("Parameters", {}) if name in had - named]
        return [*given, *({"ParameterKey": name, "UsePreviousValue": True} for name in kept)]

    def _template(self, plan: Plan) -> dict[str, Any]:
        template = next(step.template for step in plan.steps if isinstance(step, Apply))
        text = json.dumps(template)
        for named, actual in self._elsewhere.items():
            text = text.replace(json.dumps(named), json.dumps(actual))
        result: dict[str, Any] = json.loads(text)
        return result

    def _changes(self, plan: Plan, rows: Any, **more: Any) -> Changes:
        return Changes(plan.stack_name, self._account.id, self._account.region, tuple(rows), **more)

    # Steps beside the stack -------------------------------------------------------------------------------

    def _set_policy(self, plan: Plan) -> None:
        for step in plan.steps:
            if isinstance(step, SetPolicy):
                body = json.dumps({"Statement": list(step.statements)})
                self._do("SetStackPolicy", {"StackName": plan.stack_name, "StackPolicyBody": body})

    def _configure_stage(self, plan: Plan, step: ConfigureStage) -> None:
        api_id = self._made(plan.stack_name, REST_API_LOGICAL_ID)
        if api_id is None:
            return
        for request in step.requests:
            self._do("UpdateStage", {"restApiId": api_id, **request}, "apigateway")
        if step.tags:
            region = self._account.region
            arn = str(Arn("apigateway", region, "", f"/restapis/{api_id}/stages/{step.name}", partition_of(region)))
            self._do("TagResource", {"resourceArn": arn, "tags": dict(step.tags)}, "apigateway")

    def _deposit(self, plan: Plan) -> Deposit:
        """The bucket that the plan names, the stack's, or for a template that brings none one for all stacks."""
        bucket = plan.bucket or self._made(plan.stack_name, BUCKET_LOGICAL_ID)
        if bucket is None and any(isinstance(step, Upload) for step in plan.steps):
            todo = "Name a bucket of yours in provider.deploymentBucket."
            raise UserError("the stack has no deployment bucket", where=plan.stack_name, todo=todo, exit_code=1)
        return Deposit(self._account, bucket or self._own_bucket(), self._object_settings)

    def _own_bucket(self) -> str:
        name = own_bucket(self._account.id, self._account.region)
        request: dict[str, Any] = {"Bucket": name}
        if self._account.region != "us-east-1":
            request["CreateBucketConfiguration"] = {"LocationConstraint": self._account.region}
        try:
            self._account.call("s3", "CreateBucket", request)
        except AwsError as error:
            if error.code != "BucketAlreadyOwnedByYou":
                raise UserError(str(error), where=f"s3://{name}", exit_code=1) from error
        return name

    # Looking ----------------------------------------------------------------------------------------------

    def stack(self, name: str) -> dict[str, Any] | None:
        """A stack as DescribeStacks tells it; None when there is none. Raises UserError, AccessFailed."""
        try:
            answer = self._account.call("cloudformation", "DescribeStacks", {"StackName": name})
        except AwsError as error:
            if "does not exist" in error.message:
                return None
            raise UserError(str(error), where=name, exit_code=1) from error
        stack: dict[str, Any] = answer["Stacks"][0]
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def _require_idle(self, name: str, status: str) -> None:
        if status in STUCK:
            raise UserError(f"the stack is {status}", where=name, todo=STUCK[status], exit_code=1)
        if status.endswith("_IN_PROGRESS") and status not in UNMADE:
            todo = "Follow it with 'stratolite deploy --to aws --follow', and try again when it has ended."
            raise UserError(f"another operation is going on: the stack is {status}", where=name, todo=todo, exit_code=1)

    def _deployed_template(self, name: str) -> Mapping[str, Any]:
        from stratolite.templates.yaml_reader import parse_yaml

        try:
            body = self._account.call("cloudformation", "GetTemplate", {"StackName": name})["TemplateBody"]
        except AwsError:
            return {}
        found = parse_yaml(body, "template") if isinstance(body, str) else body
        return found if isinstance(found, dict) else {}

    def _resources(self, name: str) -> list[Mapping[str, Any]]:
        pages = self._pages("ListStackResources", {"StackName": name})
        return [one for page in pages for one in page.get("StackResourceSummaries", [])]

    def _made(self, stack_name: str, logical_id: str) -> str | None:
        if self.stack(stack_name) is None:
            return None
        for one in self._resources(stack_name):
            if one["LogicalResourceId"] == logical_id and one.get("PhysicalResourceId"):
                return None if one.get("ResourceStatus") == "DELETE_COMPLETE" else str(one["PhysicalResourceId"])
        return None

    def _following(self, stack_id: str) -> Following:
        return Following(self._account, self._clock, stack_id, self._places)

    def _pages(self, operation: str, request: Mapping[str, Any]) -> list[Any]:
        try:
            return list(self._account.pages(operation, request))
        except AwsError as error:
            raise UserError(str(error), where=operation, exit_code=1) from error

    def _do(self, operation: str, request: Mapping[str, Any], service: str = "cloudformation") -> dict[str, Any]:
        try:
            return self._account.call(service, operation, request)
        except AwsError as error:
            raise UserError(str(error), where=operation, exit_code=1) from error


def _settings(plan: Plan) -> Mapping[str, Any]:
    return next((step.settings for step in plan.steps if isinstance(step, Apply)), {})
