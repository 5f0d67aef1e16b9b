"""The phases that delete resources: what a failed operation made, what an update put out of use, or everything.

What needs others goes before them. A resource that cannot be deleted is told, and what it needs stays with it.
Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from dataclasses import replace

from stratolite.core.errors import AwsError
from stratolite.services.cloudformation import outputs, plan
from stratolite.services.cloudformation.domain import Resource
from stratolite.services.cloudformation.provider import reason_of
from stratolite.services.cloudformation.run import Run

GONE = ("DELETE_COMPLETE", "DELETE_SKIPPED")


# What a failed operation has made --------------------------------------------------------------------------------


def sweep(run: Run) -> None:
    """Delete the latest thing that the operation has made."""
    stack = run.stack
    resources, befores = run.resources, run.befores
    made = {name: one or resources[name] for name, one in befores.items() if one or name in resources}
    todo = next((name for name in plan.deletions(made) if name not in stack.done), None)
    if todo is None:
        _end_sweep(run)
        return
    if todo in plan.blocked(made, stack.failed):
        stack.done.append(todo)
        return
    resource, is_new = made[todo], befores[todo] is None
    retained = is_new and _is_retained(run, resource)
    status = _remove(run, resource, retained=retained, is_leftover=stack.operation == "UPDATE")
    if run.waits:
        return
    stack.done.append(todo)
    if not is_new:
        return
    if stack.operation == "UPDATE" or not resource.physical_id:
        run.drop(todo)
    else:
        run.put(replace(resource, status=status, updated_ms=run.now_ms))


def _is_retained(run: Run, resource: Resource) -> bool:
    kept = resource.deletion_policy == "Retain" and not run.stack.retain_except_on_create
    return kept and bool(resource.physical_id)


def _end_sweep(run: Run) -> None:
    stack = run.stack
    reason = _told(stack.failed)
    run.forget_all()
    if stack.operation == "UPDATE":
        run.end("UPDATE_ROLLBACK_COMPLETE")
        return
    outputs.withdraw(run.store, run.call, stack)
    stack.target["change_set_id"] = ""
    run.adopt_target()
    if stack.on_failure == "DELETE":
        run.end("DELETE_FAILED" if reason else "DELETE_COMPLETE", reason)
    else:
        run.end("ROLLBACK_FAILED" if reason else "ROLLBACK_COMPLETE", reason)


# What an update has put out of use -------------------------------------------------------------------------------


def cleanup(run: Run) -> None:
    """Delete something that was replaced, or that the template has no longer."""
    stack, resources = run.stack, run.resources
    wanted = run.deployment().included()
    old = plan.leftovers(resources, run.befores, wanted)
    todo = next((name for name in plan.deletions(old) if name not in stack.done), None)
    if todo is None:
        run.forget_all()
        run.end("UPDATE_COMPLETE")
        return
    resource, is_removed = old[todo], todo not in wanted
    policy = resource.deletion_policy if is_removed else resource.update_replace_policy
    # What cannot be deleted is told, and is the stack's no longer, as on AWS.
    _remove(run, resource, retained=policy != "Delete" and bool(resource.physical_id), is_leftover=True)
    if run.waits:
        return
    stack.done.append(todo)
    if is_removed:
        run.drop(todo)


# Everything --------------------------------------------------------------------------------------------------------


def delete(run: Run) -> None:
    """Delete the next resource of a stack that goes."""
    stack, resources = run.stack, run.resources
    present = {name: one for name, one in resources.items() if one.status not in GONE}
    blocked = plan.blocked(resources, stack.failed)
    order = plan.deletions(present)
    todo = next((name for name in order if name not in stack.done and name not in blocked), None)
    if todo is None:
        _end_delete(run)
        return
    resource = resources[todo]
    retained = todo in stack.retain_on_delete or resource.deletion_policy != "Delete"
    status = _remove(run, resource, retained=retained and bool(resource.physical_id))
    if run.waits:
        return
    stack.done.append(todo)
    run.put(replace(resource, status=status, updated_ms=run.now_ms))


def _end_delete(run: Run) -> None:
    stack = run.stack
    stack.deleted_ms = run.now_ms
    if stack.failed:
        run.end("DELETE_FAILED", _told(stack.failed))
        return
    run.forget_all()
    outputs.withdraw(run.store, run.call, stack)
    run.end("DELETE_COMPLETE")


# One resource --------------------------------------------------------------------------------------------------------


def _remove(run: Run, resource: Resource, *, retained: bool, is_leftover: bool = False) -> str:
    """Delete a resource, or leave it; the status that it has then, unless the operation waits."""
    tell = run.events.of_leftover if is_leftover else run.events.of_resource
    if retained:
        tell(resource, "DELETE_SKIPPED")
        return "DELETE_SKIPPED"
    is_resumed = run.is_resumed(resource)
    if resource.physical_id and not is_resumed and not run.awaits(resource.logical_id):
        tell(resource, "DELETE_IN_PROGRESS")
    try:
        answer = None
        if resource.physical_id and run.provider.is_asked(resource.type):
            answer = run.answer("Delete", resource)
            if answer is None:
                return "DELETE_IN_PROGRESS"
        if not is_resumed:
            run.world.database.nested(lambda: run.provider.delete(resource, answer))
        if resource.physical_id and not run.provider.is_gone(resource):
            run.rest_for(resource)
            return "DELETE_IN_PROGRESS"
    except AwsError as error:
        reason = reason_of(error, run.world.entropy.uuid())
        tell(resource, "DELETE_FAILED", reason)
        run.stack.failed.append(resource.logical_id)
        return "DELETE_FAILED"
    tell(resource, "DELETE_COMPLETE")
    return "DELETE_COMPLETE"


def _told(failed: list[str]) -> str:
    return f"The following resource(s) failed to delete: [{', '.join(sorted(failed))}]. " if failed else ""
