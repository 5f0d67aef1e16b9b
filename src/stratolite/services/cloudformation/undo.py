"""The phase that brings back what a failed update has changed, the latest change first.

What it leaves in ``befores`` is what ``removal.sweep`` has to delete: the new one of a replaced pair, and nothing for a
resource that was new.
"""

from dataclasses import replace
from functools import partial

from stratolite.core.errors import AwsError, ValidationError
from stratolite.services.cloudformation.domain import Resource, adopt
from stratolite.services.cloudformation.provider import Answer, reason_of
from stratolite.services.cloudformation.run import Run


def step(run: Run) -> None:
    """Bring the latest change back."""
    stack, befores = run.stack, run.befores
    todo = next((name for name in reversed(befores) if name not in stack.done and befores[name] is not None), None)
    if todo is None:
        _end(run)
        return
    before, present = befores[todo], run.resources.get(todo)
    assert before is not None
    if present is None or present.physical_id == before.physical_id:
        _bring_back(run, present, before)
    else:
        run.forget(todo)
        run.put(before)
        run.remember(todo, present)
    if not run.waits:
        stack.done.append(todo)


def resume(run: Run, skipped: list[str]) -> None:
    """Go on with a rollback that has failed; the resources that are skipped stay as they are."""
    stack, done = run.stack, list(run.stack.done)
    resources = run.resources
    run.enter("undo", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")
    for name in skipped:
        skipped_one = replace(resources[name], status="UPDATE_COMPLETE", reason="", updated_ms=run.now_ms)
        run.events.of_resource(skipped_one, "UPDATE_COMPLETE", "Resource update skipped")
        run.forget(name)
        run.put(skipped_one)
    stack.done = done


def _end(run: Run) -> None:
    stack = run.stack
    if stack.failed:
        listed = ", ".join(sorted(stack.failed))
        done = [name for name in stack.done if name not in stack.failed]
        run.end("UPDATE_ROLLBACK_FAILED", f"The following resource(s) failed to update: [{listed}]. ")
        stack.done = done
        return
    if stack.settled:
        adopt(stack, stack.settled)
        stack.settled = {}
    run.enter("sweep", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")


def _bring_back(run: Run, present: Resource | None, before: Resource) -> None:
    name, answer = before.logical_id, None
    if present is None or not (_differs(present, before) or run.provider.is_nested(before.type)):
        run.forget(name)
        run.put(before)
        return
    wanted = replace(before, physical_id=present.physical_id)
    is_resumed, problem = run.is_resumed(present), ""
    if is_resumed:
        looked = run.provider.looked(present)
        problem = looked.problem
        if looked.is_pending:
            run.rest_for(present)
            return
    elif not run.awaits(name):
        run.events.of_resource(wanted, "UPDATE_IN_PROGRESS")
    try:
        if run.provider.is_asked(before.type):
            answer = run.answer("Update", wanted, present)
            if answer is None:
                return
        restored = run.world.database.nested(partial(_restored, run, before, present, answer, problem))
    except AwsError as error:
        reason = reason_of(error, run.world.entropy.uuid())
        run.events.of_resource(before, "UPDATE_FAILED", reason)
        run.stack.failed.append(name)
        run.put(replace(present, status="UPDATE_FAILED", reason=reason))
        return
    if restored.is_pending and run.provider.is_nested(before.type):
        run.rest_for(present)
        return
    if restored.is_pending:
        restored = run.provider.finish(restored)
    run.forget(name)
    run.put(restored)
    if restored.physical_id != present.physical_id:
        run.remember(name, present)


def _restored(run: Run, before: Resource, present: Resource, answer: Answer | None, problem: str) -> Resource:
    """A resource brought back. ``problem``: why a nested stack did not come back when it was asked to."""
    restored = run.provider.update(before, present, answer)
    if restored.is_pending and problem:
        raise ValidationError(problem)
    return restored


def _differs(present: Resource, before: Resource) -> bool:
    was = (before.properties, before.stack_tags)
    return (present.properties, present.stack_tags) != was or present.status in ("UPDATE_FAILED", "UPDATE_IN_PROGRESS")
