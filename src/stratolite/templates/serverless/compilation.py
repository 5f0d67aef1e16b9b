"""What the passes of the compiler share: the service, the template so far, and what the user has to be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.clock import iso8601
from stratolite.core.errors import UserError
from stratolite.core.warning import About, Kind, Warning
from stratolite.templates.artefacts import Artefact
from stratolite.templates.document import Mark, copied
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.lodash import merge, present, union
from stratolite.templates.serverless.package import Packaging
from stratolite.templates.serverless.service import Service
from stratolite.templates.serverless.warned import warned


@dataclass
class Compilation:
    """The template while it is made.

    ``stamp_ms`` is the time that names of the template carry, ``account`` the one that is deployed to.
    """

    service: Service
    packaging: Packaging
    stamp_ms: int
    account: str
    is_lenient: bool = False
    """Whether what the rest can do without is warned of and left out."""
    resources: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    core_template: dict[str, Any] = field(default_factory=dict)
    artefacts: list[Artefact] = field(default_factory=list)
    warnings: list[Warning] = field(default_factory=list)
    local_warnings: list[Warning] = field(default_factory=list)
    aws_artefacts: list[Artefact] = field(default_factory=list)
    aws_runtimes: dict[str, str] = field(default_factory=dict)
    aws_only: dict[str, str] = field(default_factory=dict)
    unmade_events: list[tuple[str, str]] = field(default_factory=list)
    """Events that nothing here causes: what each is called, and its place."""
    unmade: dict[str, Any] = field(default_factory=dict)
    """What events that are left out would have made, by logical id: in the template until all has been added to it."""

    def draft(self) -> "Compilation":
        """One of the same service and with the same resources, of which nothing comes back."""
        draft = Compilation(self.service, self.packaging, self.stamp_ms, self.account, self.is_lenient)
        draft.resources, draft.outputs = copied(self.resources), copied(self.outputs)
        return draft

    @property
    def key_prefix(self) -> str:
        """The folder of the deployment bucket that holds the artefacts."""
        return key_prefix(self.service, self.stamp_ms)

    def put(self, logical_id: str, kind: str, properties: Mapping[str, Any], **attributes: Any) -> None:
        """Set a resource; one of that name is replaced. Members without a value are left out."""
        self.resources[logical_id] = resource(kind, properties, **attributes)

    def merge(self, logical_id: str, kind: str, properties: Mapping[str, Any], **attributes: Any) -> None:
        """Add a resource; one of that name is merged with it, member by member."""
        merge(self.resources, {logical_id: resource(kind, properties, **attributes)})

    def output(self, name: str, value: Any, description: str | None = None) -> None:
        self.outputs[name] = present({"Description": description, "Value": value})

    def role_statements(self) -> list[Any] | None:
        """The statements of the default role's policy, to append to; None when the default role is not made."""
        role = self.resources.get(naming.ROLE)
        if role is None:
            return None
        statements: list[Any] = role["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return statements

    def allow(self, statement: dict[str, Any], *, once: bool = False) -> None:
        """Add a statement to the default role, if it is made; ``once``: equal ones become one."""
        statements = self.role_statements()
        if statements is not None:
            statements[:] = union(statements, [statement]) if once else [*statements, statement]

    def warn(
        self, what: str, at: Mark | None = None, kind: Kind = Kind.NOTE, *, about: About = "settings", todo: str = ""
    ) -> None:
        """Tell the user something that does not stop the compilation."""
        self.warnings.append(warned(what, at, kind, about=about, todo=todo))

    def warn_locally(
        self, what: str, at: Mark | None = None, kind: Kind = Kind.NOTE, *, about: About = "settings", todo: str = ""
    ) -> None:
        """Tell whoever runs it on a local cloud alone."""
        self.local_warnings.append(warned(what, at, kind, about=about, todo=todo))


def key_prefix(service: Service, stamp_ms: int) -> str:
    """``serverless/shop/dev/1700000000000-2023-11-14T22:13:20.000Z``."""
    stamp = f"{stamp_ms}-{iso8601(stamp_ms)}"
    return f"{service.deployment_prefix}/{service.name}/{service.stage}/{stamp}"


def resource(kind: str, properties: Mapping[str, Any], **attributes: Any) -> dict[str, Any]:
    """A resource; ``depends_on`` and ``condition`` are the usual attributes."""
    names = {"depends_on": "DependsOn", "condition": "Condition", "deletion_policy": "DeletionPolicy"}
    written = {names[name]: value for name, value in attributes.items()}
    return present({"Type": kind, "Properties": present(properties), **written})


def refusal(what: str, at: Mark, todo: str = "") -> UserError:
    """The error for a setting that cannot be compiled, with its position."""
    return UserError(what, where=str(at) if at.file else "", todo=todo)
