"""Outputs, exports and imports of a deployment: worked out, checked against other stacks, kept.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-stack-exports.html
"""

from collections.abc import Sequence

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.cloudformation.deployment import Deployment
from stratolite.services.cloudformation.domain import Stack
from stratolite.services.cloudformation.store import Store


def publish(store: Store, call: Call, stack: Stack, deployment: Deployment) -> None:
    """Set the outputs of a finished deployment, and its exports and imports.

    Raises ValidationError when an export belongs to another stack, or another stack uses one that would change.
    """
    outputs = deployment.outputs()
    wanted = {one["ExportName"]: one["OutputValue"] for one in outputs if "ExportName" in one}
    for name, value, owner in store.exports(call):
        if name in wanted and owner != stack.stack_id:
            raise ValidationError(
                f"Export with name {name} is already exported by stack {_name(owner)}. Rename this output."
            )
        changed = owner == stack.stack_id and wanted.get(name) != value
        importers = [_name(one) for one in store.importers(call, name)] if changed else []
        if importers and name in wanted:
            raise ValidationError(f"Cannot update export {name} as it is in use by {listed(importers)}.")
        if importers:
            raise ValidationError(held(name, importers))
        if owner == stack.stack_id and name not in wanted:
            store.drop_export(call, name)
    for name, value in wanted.items():
        store.put_export(call, name, value, stack.stack_id)
    store.set_imports(call, stack.stack_id, deployment.imported())
    stack.outputs = outputs


def withdraw(store: Store, call: Call, stack: Stack) -> None:
    """Take back what a stack that is gone exported and imported."""
    for name, _, owner in store.exports(call):
        if owner == stack.stack_id:
            store.drop_export(call, name)
    store.set_imports(call, stack.stack_id, set())


def users(store: Store, call: Call, stack: Stack) -> list[tuple[str, list[str]]]:
    """The exports of a stack that other stacks import, and the names of those stacks."""
    found = []
    for name, _, owner in store.exports(call):
        importers = [_name(one) for one in store.importers(call, name) if one != stack.stack_id]
        if owner == stack.stack_id and importers:
            found.append((name, importers))
    return found


def held(name: str, importers: Sequence[str]) -> str:
    """Why an export cannot go."""
    return f"Delete canceled. Cannot delete export {name} as it is in use by {listed(importers)}."


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _name(stack_id: str) -> str:
    return stack_id.split("/")[1]
