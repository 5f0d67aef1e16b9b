"""What the engine is told and what it answers: functions, invocations, outcomes, log lines, limits.

Plain values without behaviour. Nothing here knows an AWS API; ARNs are strings that are passed on.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from msgspec import Struct

from stratolite.core.errors import StratoliteError, UserError
from stratolite.engine.stream import ResponseStream

RESPONSE_BYTES_MAX = 6_291_556
"""What a buffered response may have (6 MB and 100 bytes, as AWS counts)."""
STREAM_BYTES_MAX = 200 * 1024 * 1024
"""What a streamed response may have: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
LOG_TAIL_BYTES_MAX = 4096


@dataclass(frozen=True, slots=True)
class CodeRef:
    """Unpacked code. ``sha256`` is empty for a folder that may change under our feet (a project being edited)."""

    sha256: str
    path: Path


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """One version of a function, as far as running it goes."""

    key: str
    """Changes when anything changes that needs new environments; environments of one key are alike."""
    name: str
    version: str
    arn: str
    runtime: str
    handler: str
    code: CodeRef
    layers: tuple[Path, ...] = ()
    """Unpacked layers, in the order in which they cover one another: the last one wins."""
    environment: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 128
    timeout_s: float = 3
    tmp_mb: int = 512
    """What AWS would give; each environment has a folder of its own, whose size is the disk's matter here."""
    region: str = "us-east-1"
    log_group: str = ""
    account: str = "000000000000"
    role_credentials: Mapping[str, str] = field(default_factory=dict)
    """``AWS_ACCESS_KEY_ID``, ``AWS_SECRET_ACCESS_KEY``, ``AWS_SESSION_TOKEN``."""
    endpoint_url: str = ""
    """Where AWS SDKs inside the sandbox send their requests; empty leaves them alone."""
    real_hosts: tuple[str, ...] = ()
    """Hosts of AWS that it may reach, ``*`` for all; what it sends to others comes to ``endpoint_url`` as well."""
    runtime_arn: str = ""
    """What the log calls the runtime's version."""
    log_format: str = "Text"
    """``Text`` or ``JSON``."""
    application_log_level: str = ""
    """The least level that the runtime's loggers write in JSON; empty leaves them alone."""
    system_log_level: str = "INFO"
    """The least level of the platform's own events in JSON."""
    tracing: str = "PassThrough"
    """The trace header is passed on in either mode; no segments are written."""
    is_provisioned: bool = False
    """Its environments are made ahead of invocations and kept (``Engine.keep``)."""
    debug_port: int = 0
    """Where its one environment waits for a debugger before it loads the function; 0: it does not."""
    trust: Path | None = None
    """Authorities that it trusts beside the public ones: a folder of ``ca.pem``, and ``bundle.pem`` with them all."""


# What every invocation makes is a structure of msgspec's: a dataclass takes four times as long to make.
class Invocation(Struct):
    """One event for a function. ``client_context`` and ``cognito_identity`` are JSON texts or empty."""

    request_id: str
    payload: bytes
    client_context: str = ""
    cognito_identity: str = ""
    trace_id: str = ""
    """The X-Ray header value."""
    invoked_arn: str = ""
    """The ARN by which the caller named the function, qualifier included."""
    is_log_wanted: bool = True
    """Whether the outcome has the end of its log."""
    patience_s: float | None = None
    """How long the caller waits for the answer, or for a streamed one to begin: then it gets TimeoutError, and the
    function works on. Who debugs has all the time."""
    stream: ResponseStream | None = None
    """Where the response goes piece by piece; without it, it is collected into the outcome's payload."""
    is_running: bool = False
    """Whether a function has it and has not answered yet; that goes on when the caller has gone away."""
    on_left: Callable[[], None] | None = None
    """Called when a function has answered whose caller has gone away."""


class Outcome(Struct):
    """What an invocation came to. ``error`` is empty, ``Handled`` or ``Unhandled``, as ``X-Amz-Function-Error`` is."""

    payload: bytes
    error: str = ""
    log_tail: bytes = b""
    """The last 4 KB of the invocation's log, START and REPORT included, where it was wanted."""
    duration_ms: float = 0
    init_ms: float | None = None
    """Set when this invocation started its environment."""
    memory_used_mb: int = 0
    executed_version: str = "$LATEST"
    error_type: str = ""
    """``Runtime.ExitError``, ``Sandbox.Timedout``, the exception's name ...; empty on success."""
    content_type: str = "application/json"


@dataclass(slots=True)
class LogLines:
    """Lines of one log stream, in order: wall time in milliseconds and message (its line end included)."""

    log_group: str
    log_stream: str
    events: list[tuple[int, str]]
    account: str = ""
    region: str = ""


LogSink = Callable[[LogLines], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How much the engine may hold at once."""

    environments_max: int = 300
    """Environments of all functions together, idle ones included."""
    idle_s_max: float = 600
    """How long (wall time) an environment may be idle before it is stopped."""
    init_s_max: float = 10
    """The init phase's own limit, as AWS documents it."""
    launch_s_max: float = 10
    """How long a launcher may take to start; beyond that it is broken."""
    log_line_bytes_max: int = 256 * 1024
    """A longer line is cut into several events, as CloudWatch Logs' event limit demands."""
    memory_poll_s: float = 0.02
    """How often the memory of busy environments is looked at."""
    processes_max: int = 1024
    """Processes of an environment; the kernel holds it for users other than root, we do for all."""


class TooManyEnvironments(StratoliteError):
    """Every environment that the engine may have is busy."""


class EngineClosed(StratoliteError):
    """The engine is stopping and takes no more work."""


class LaunchFailed(StratoliteError):
    """A process could not be started: the interpreter is broken or the code folder is gone."""


class BadZip(StratoliteError):
    """The file is no zip, is damaged, or has an entry that leads out of its folder."""


class UnzippedTooLarge(StratoliteError):
    """The unpacked code would be over the limit."""


class UnsupportedRuntime(UserError):
    """The function's runtime is of a language that is not run here."""
