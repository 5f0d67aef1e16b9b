"""The phase that makes a deployment real: one resource a step, in order of need.

Before the first one, everything is checked that can be known by then, so that a deployment which cannot succeed fails
with nothing made. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/stack-failure-options.html
"""

from dataclasses import replace
from typing import Any

from stratolite.core.errors import AwsError, ValidationError
from stratolite.services.cloudformation import outputs, plan, policy, rollback_triggers
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Resource, deployed
from stratolite.services.cloudformation.plan import Action, Step
from stratolite.services.cloudformation.provider import generated_names, reason_of
from stratolite.services.cloudformation.run import Run
from stratolite.services.cloudformation.template import ResourceDefinition

MINUTE_MS = 60_000
NAME_LENGTH_MAX = 255
UNMADE = ("CREATE_FAILED", "CREATE_IN_PROGRESS")
ASKED_FOR = {Action.CREATE: "Create", Action.UPDATE: "Update"}
"""What whoever makes a resource is asked for."""
USER_INITIATED = "User Initiated"


def step(run: Run) -> None:
    """Bring the next resource to what the template wants; after the last one, publish the outputs."""
    stack = run.stack
    try:
        deployment = run.deployment()
        wanted = deployment.included()
        if not stack.done and not _is_sound(run):
            return
        todo = _next(deployment.order(), stack.done)
        problem = rollback_triggers.breached(run.world.operations, run.call, stack.rollback)
        if problem:
            fail(run, problem)
            return
        if todo is None:
            if _is_watched(run):
                return
            run.world.database.nested(lambda: outputs.publish(run.store, run.call, stack, deployment))
    except AwsError as error:
        fail(run, f"{error.message.removesuffix('.')}. ")
        return
    if todo is None:
        _end(run)
    elif _is_late(run):
        fail(run, "Stack creation time exceeded the specified timeout. ")
    else:
        _settle(run, wanted[todo], deployment)


def _next(order: list[str], settled: list[str]) -> str | None:
    done = set(settled)
    return next((name for name in order if name not in done), None)


def fail(run: Run, reason: str) -> None:
    """Something could not be made: what was done is taken back, unless the caller wants to keep it."""
    stack = run.stack
    # A nested stack that could not be made stays as it is, until its parent is taken back and deletes it.
    is_left = bool(stack.parent_id) and stack.operation == "CREATE"
    if is_left or stack.disable_rollback or stack.on_failure == "DO_NOTHING":
        if stack.operation == "UPDATE" and not stack.settled:
            stack.settled = deployed(stack)
        run.adopt_target()
        run.end(f"{stack.operation}_FAILED", reason)
    elif stack.operation == "UPDATE":
        run.enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", reason)
    else:
        stack.deleted_ms = run.now_ms
        if stack.on_failure == "DELETE":
            run.enter("sweep", "DELETE_IN_PROGRESS", f"{reason}Delete requested by user.")
        else:
            run.enter("sweep", "ROLLBACK_IN_PROGRESS", f"{reason}Rollback requested by user.")


def take_back(run: Run) -> None:
    """Go back from a deployment that failed and was kept."""
    stack = run.stack
    if stack.operation == "UPDATE":
        run.enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", USER_INITIATED)
    else:
        stack.deleted_ms, stack.on_failure = run.now_ms, "ROLLBACK"
        run.enter("sweep", "ROLLBACK_IN_PROGRESS", USER_INITIATED)


def _end(run: Run) -> None:
    stack = run.stack
    run.adopt_target()
    stack.policy = stack.target.get("policy", stack.policy)
    stack.settled = {}
    if stack.operation == "CREATE":
        run.forget_all()
        run.end("CREATE_COMPLETE")
    else:
        run.enter("cleanup", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")


def _is_watched(run: Run) -> bool:
    """Whether the deployment, whose resources are all there, rests because its alarms are still watched."""
    stack = run.stack
    if not stack.watched_until_ms:
        stack.watched_until_ms = run.now_ms + rollback_triggers.monitored_ms(stack.rollback)
    if run.now_ms >= stack.watched_until_ms:
        return False
    run.rest_until(min(stack.watched_until_ms, run.now_ms + rollback_triggers.LOOK_EVERY_MS))
    return True


def _is_late(run: Run) -> bool:
    stack = run.stack
    allowed_ms = stack.timeout_minutes * MINUTE_MS
    return stack.operation == "CREATE" and 0 < allowed_ms <= run.now_ms - stack.began_ms


# Before anything is made ---------------------------------------------------------------------------------------


def _is_sound(run: Run) -> bool:
    """Whether a deployment can begin; when not, the failure is told. Raises AwsError where it is no resource's."""
    preview, resources = run.preview(), run.resources
    preview.check_attributes(run.provider.supports)
    missing = sorted(name for name in preview.imported() if name not in preview.exports)
    if missing:
        raise ValidationError(f"No export named {missing[0]} found")
    problems: dict[str, str] = {}
    for name, definition in preview.included().items():
        problem = run.provider.problem(definition, preview.resolver.resolve(dict(definition.properties)))
        if problem:
            problems[name] = problem
            present = resources.get(name)
            _tell_unsound(run, preview, definition, present, problem)
    if problems:
        verb = "create" if all(name not in resources for name in problems) else "update"
        fail(run, f"The following resource(s) failed to {verb}: [{', '.join(sorted(problems))}]. ")
        return False
    return not _is_deletion_denied(run, preview)


def _tell_unsound(
    run: Run, preview: Deployment, definition: ResourceDefinition, present: Resource | None, problem: str
) -> None:
    verb = "CREATE" if present is None else "UPDATE"
    properties = preview.resolver.resolve(dict(definition.properties))
    blank = Resource(definition.logical_id, definition.type, f"{verb}_FAILED", run.now_ms)
    shown = replace(present or blank, properties=properties, reason=problem)
    run.events.of_resource(shown, f"{verb}_IN_PROGRESS")
    run.events.of_resource(shown, f"{verb}_FAILED", problem)


def _is_deletion_denied(run: Run, preview: Deployment) -> bool:
    wanted = preview.included()
    denied = []
    for name, resource in run.resources.items():
        if name not in wanted and resource.physical_id and run.stack.operation == "UPDATE":
            reason = policy.refusal(policy_of(run), policy.DELETE, name, resource.type)
            if reason:
                run.events.of_resource(resource, "UPDATE_FAILED", reason)
                denied.append(name)
    if denied:
        fail(run, f"The following resource(s) failed to update: [{', '.join(sorted(denied))}]. ")
    return bool(denied)


def policy_of(run: Run) -> str:
    """The stack policy in force while an update runs."""
    return run.stack.policy_during_update or run.stack.policy


# One resource ----------------------------------------------------------------------------------------------------


def _settle(run: Run, definition: ResourceDefinition, deployment: Deployment) -> None:
    """Bring one resource to what the template wants."""
    stack, name = run.stack, definition.logical_id
    known = run.resources.get(name)
    if known is not None and known.is_pending:
        run.is_resumed(known)
        _look(run, known)
        return
    is_whole = known is not None and known.physical_id and known.status not in UNMADE
    present = known if is_whole else None
    verb = "CREATE" if present is None else "UPDATE"
    record = Resource(
        name,
        definition.type,
        f"{verb}_FAILED",
        run.now_ms,
        needs=list(deployment.needs[name]),
        deletion_policy=definition.deletion_policy,
        update_replace_policy=definition.update_replace_policy,
        stack_tags=stack.target["tags"] if run.provider.is_taggable(definition.type) else [],
    )
    answer: dict[str, Any] | None = None
    try:
        record = _resolved(run, definition, record, deployment)
        chosen = plan.step(record, present, run.provider.recreates(definition.type))
        if not run.awaits(name):
            run.provider.announce(chosen, record, present)
            _check_policy(run, chosen, definition.type)
        if chosen.action in ASKED_FOR and run.provider.is_asked(definition.type):
            record = _nascent(run, record, known) if present is None else record
            answer = run.answer(ASKED_FOR[chosen.action], record, present)
            if answer is None:
                return
        settled = run.world.database.nested(lambda: run.provider.take(chosen, record, present, answer))
    except AwsError as error:
        reason = reason_of(error, run.world.entropy.uuid())
        failed = replace(present or record, status=f"{verb}_FAILED", reason=reason, updated_ms=run.now_ms)
        if present is not None and answer is not None:
            # Whoever makes it may have changed some of it.
            failed = replace(failed, properties=record.properties)
        elif present is None and answer is None:
            # Nobody was asked to make it, under whatever name.
            failed = replace(failed, physical_id="")
        shown = replace(failed, properties=record.properties or failed.properties)
        run.events.of_resource(shown, failed.status, reason)
        run.remember(name, present)
        run.put(failed)
        fail(run, f"The following resource(s) failed to {verb.lower()}: [{name}]. ")
        return
    if settled is not None:
        run.remember(name, present)
        run.put(settled)
        if settled.is_pending:
            if not run.provider.is_told(settled.type):
                run.await_ready(settled)
            return
    stack.done.append(name)
    if settled is not None and chosen.action in (Action.CREATE, Action.REPLACE) and settled.reason:
        fail(run, f"The following resource(s) failed to {verb.lower()}: [{name}]. ")


def _look(run: Run, known: Resource) -> None:
    """Whether a resource that was made has become ready."""
    verb = known.status.partition("_")[0].lower()
    try:
        looked = run.provider.look(known, run.signals(known))
    except AwsError as error:
        reason = reason_of(error, run.world.entropy.uuid())
        looked = replace(known, status=f"{verb.upper()}_FAILED", reason=reason, is_pending=False)
        run.events.of_resource(looked, looked.status, reason)
    run.put(looked)
    if looked.is_pending:
        run.await_ready(looked)
        return
    run.stack.done.append(known.logical_id)
    if looked.reason:
        fail(run, f"The following resource(s) failed to {verb}: [{known.logical_id}]. ")


def _resolved(run: Run, definition: ResourceDefinition, record: Resource, deployment: Deployment) -> Resource:
    resolved = deployment.resolver.resolve(dict(definition.properties))
    properties = run.provider.properties(definition, resolved)
    return replace(record, properties=properties, metadata=deployment.resolver.resolve(definition.metadata))


def _nascent(run: Run, record: Resource, known: Resource | None) -> Resource:
    """A resource that somebody is asked to make, under the name that it bears until he gives it another."""
    if known is not None and known.status == "CREATE_IN_PROGRESS":
        return replace(record, seed=known.seed, physical_id=known.physical_id)
    seeded = run.provider.seeded(record)
    name = generated_names(run.stack.name, record.logical_id, seeded.seed)(NAME_LENGTH_MAX, "any")
    return replace(seeded, physical_id=name)


def _check_policy(run: Run, chosen: Step, kind: str) -> None:
    if chosen.action not in (Action.UPDATE, Action.REPLACE):
        return
    action = policy.MODIFY if chosen.action is Action.UPDATE else policy.REPLACE
    reason = policy.refusal(policy_of(run), action, chosen.logical_id, kind)
    if reason:
        raise ValidationError(reason)
