"""CloudFormation: stacks, change sets, events, exports; every deployment here goes through it (law 1).

A request's way: ``operations`` check it (``rules``, ``lookup``), ``yaml_reader`` and ``template`` read the template,
``parameters`` and ``stored_parameters`` its values, about which ``assertions`` has its Rules, ``transforms`` and
``language`` apply its transforms, ``deployment`` resolves its expressions
(``expressions``, ``intrinsics``) over what the stack has, ``schema`` checks properties, ``preview`` says what a change
set would do, and ``operating`` starts the operation.

The operation's way: ``background`` drives it as a durable delivery, ``execute`` names its phases: ``apply`` (in the
order of ``graph``, by the decisions of ``plan``, held by ``policy``), ``undo`` and ``removal``. They share a ``run``,
whose ``provider`` makes resources and whose ``events`` are told; ``outputs`` publishes what came of it. All that an
operation knows stands in rows (``store``), a few steps a transaction. Stacks may be resources of stacks (``nested``).

Resource types are other services' (``cfn.py`` in each), found by ``world.resource_types``. What is unknown or not
implemented is refused by name before anything is made; ``stand_ins`` has what ``up`` alone lets pass, because it could
have no effect on one machine, and ``skipped`` what it is told to go on without.
"""

from typing import TYPE_CHECKING

from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.services.cloudformation.domain import Stack


class Cloudformation:
    """The state of the service."""

    def __init__(self, world: World) -> None:
        # This package is imported for its surface too; the rest of it comes when the service is first used.
        from stratolite.services.cloudformation.store import Store

        self.world = world
        self.store = Store(world.database)
        self.standing_in: set[tuple[str, str, str]] = set()
        """The stacks that may have stand-ins: account, region, name."""
        self.nesting: Stack | None = None
        """Whose step is being taken: the stacks that are made in it are nested in that one."""

    def may_stand_in(self, stack: "Stack") -> bool:
        """Whether a stack may have resources that have no effect here."""
        return stack.may_stand_in or (stack.account, stack.region, stack.name) in self.standing_in


def build(world: World) -> Cloudformation:
    """The service, on the parts of one machine."""
    return Cloudformation(world)
