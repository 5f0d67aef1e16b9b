"""What goes into a compilation and what comes out of it, as data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from stratolite.core.clock import Clock, RealClock
from stratolite.core.warning import Warning
from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.local import Local

if TYPE_CHECKING:
    from stratolite.templates.dependencies.runner import Runner
    from stratolite.templates.serverless.builds.workshop import Workshop
    from stratolite.templates.serverless.survey import Survey
    from stratolite.templates.serverless.variables.resolver import Resolved

Ask = Callable[[str, str, Mapping[str, Any], str], Mapping[str, Any]]
"""Runs an operation: service, operation, request, region. Raises AwsError, CloudNeeded."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line and the process say. ``env`` is the process's environment, handed in.

    ``params`` are ``--param`` pairs, ``extra`` other options that ``${opt:...}`` may name, ``account`` what
    ``${aws:accountId}`` means, ``ignore_plugins`` unknown plugins that the user lets go (``*``: all of them).
    """

    stage: str | None = None
    region: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    account: str = "000000000000"
    ignore_plugins: tuple[str, ...] = ()
    clock: Clock = field(default_factory=RealClock)
    ask: Ask | None = None
    """Asks the services of a running cloud, for ``${ssm:}`` and ``${cf:}``; None where there is none."""
    tell: Callable[[str], None] = lambda text: None
    """Hears of what is about to take a while."""
    skips_unsupported: bool = False
    """Whether parts of an application that nobody makes here are skipped where it is asked for, and told."""
    found: Callable[["Resolved"], None] = lambda resolved: None
    """Hears of a file that has no mistakes, before packages are installed for it."""
    is_lenient: bool = False
    """Whether it is only run here: what the rest can do without is left out then, and what AWS alone refuses is taken.

    One flag for all that passes decide by it, since nobody wants a part of it: ``up`` has all, and neither a deployment
    nor ``up --strict`` has any. Which decision it was, the kind of the warning says.
    """
    is_dry: bool = False
    """Whether nothing is built or installed: artefacts lack what is made, and have no digests."""
    installs: Literal["all", "plugins", "none"] = "plugins"
    """Which packages that are missing are installed: all under ``up``, else those that a plugin would install."""
    cache: Path | None = None
    """Where is kept what is fetched once for all applications; None: nothing is fetched."""
    runner: "Runner | None" = None
    """Runs what installs; None: one that tells ``tell`` alone."""
    workshop: "Workshop | None" = None
    """Keeps build processes from one compilation to the next; None: they end with this one."""


class CloudNeeded(Exception):
    """A file asks for something of an account, and there is a cloud to be asked that does not run yet."""


@dataclass(frozen=True, slots=True)
class CompiledFunction:
    """One function: its key in the file, its AWS name, its resource, and which artefact holds its code."""

    key: str
    name: str
    logical_id: str
    handler: str
    runtime: str
    artefact: str
    handler_path: Path | None
    """The file that holds the handler; None when the code is a ready zip."""


@dataclass(frozen=True, slots=True)
class External:
    """What the file names by ARN and does not make. ``service`` is the ARN's: sns, sqs, dynamodb, s3, iam..."""

    arn: str
    service: str
    region: str
    account: str
    resource: str


@dataclass(frozen=True, slots=True)
class Deployment:
    """Settings of the deployment itself, which no template carries."""

    bucket: str | None = None
    """The user's own deployment bucket; None when the stack makes one."""
    stack_tags: Mapping[str, str] = field(default_factory=dict)
    stack_parameters: tuple[Mapping[str, Any], ...] = ()
    notification_arns: tuple[str, ...] = ()
    rollback_configuration: Mapping[str, Any] | None = None
    stack_policy: tuple[Mapping[str, Any], ...] = ()
    disable_rollback: bool = False
    role_arn: Any = None
    unusable_role: tuple[str, str] | None = None
    """A setting that names the role by an intrinsic function, and its place: it is needed before there is a stack."""
    earlier_artefacts: int = 5
    """How many earlier deployments keep their artefacts in the bucket."""
    object_settings: Mapping[str, str] = field(default_factory=dict)
    """Members of PutObject for what is uploaded: encryption at rest."""
    stage_settings: Mapping[str, Any] = field(default_factory=dict)
    """What is set on the REST API's stage after the deployment: tracing, logs, metrics, tags."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A compiled service. ``stamp`` is the time stamp inside the template, in milliseconds, as text."""

    service: str
    stage: str
    region: str
    stack_name: str
    template: dict[str, Any]
    core_template: dict[str, Any]
    artefacts: tuple[Artefact, ...]
    functions: tuple[CompiledFunction, ...]
    warnings: tuple[Warning, ...]
    sources: tuple[Path, ...]
    externals: tuple[External, ...]
    deployment: Deployment
    stamp: str
    places: Mapping[str, str] = field(default_factory=dict)
    """Where resources are written, as ``file:line:column`` by logical id; those that nobody wrote are missing."""
    local_warnings: tuple[Warning, ...] = ()
    """What is otherwise on a local cloud than on AWS."""
    undone: Mapping[str, str] = field(default_factory=dict)
    """Plugins whose work on AWS nobody does here, each with where it is named."""
    aws_artefacts: tuple[Artefact, ...] = ()
    """Artefacts of the resources in ``aws_only``."""
    aws_runtimes: Mapping[str, str] = field(default_factory=dict)
    """Functions of ours, by logical id, that have another runtime on AWS than the framework's template says."""
    local: Local = field(default_factory=Local)
    """What the plugins of the file say of running it on one machine."""
    survey: "Survey | None" = None
    """What was found in the file."""
    aws_only: Mapping[str, str] = field(default_factory=dict)
    """Resources that only an account of AWS needs, by logical id, each with the reason: ``up`` leaves them out."""
    unmade_events: tuple[tuple[str, str], ...] = ()
    """Events that nothing on this machine causes: what each is called, and its place."""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Functions that cannot run on this machine, by logical id, each with the reason, where options are lenient."""
