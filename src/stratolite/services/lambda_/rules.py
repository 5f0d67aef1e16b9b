"""Limits of Lambda and the checks that its model does not state.

Sources: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, the API reference, and the recorded
answers that the functions name.
"""

import json
import re
from collections.abc import Container, Mapping

from stratolite.services.lambda_ import api
from stratolite.services.lambda_.domain import LATEST
from stratolite.services.lambda_.names import invalid

NAME_LENGTH_MAX = 64
PAYLOAD_BYTES_MAX = 6_291_456
PAYLOAD_ASYNC_BYTES_MAX = 1_048_576
ZIP_BYTES_MAX = 52_428_800
UNZIPPED_BYTES_MAX = 262_144_000
LARGE_UNZIPPED_BYTES_MAX = 2 * 1024**3
"""Where larger code is taken than on AWS: under ``up``, which says so."""
REQUEST_BYTES_MAX = 70_167_211
TIMEOUT_S_MAX = 900
TIMEOUT_S_DEFAULT = 3
MEMORY_MB_MAX = 10_240
MEMORY_MB_DEFAULT = 128
TMP_MB_MAX = 10_240
TMP_MB_DEFAULT = 512
ENVIRONMENT_BYTES_MAX = 4096
LAYERS_MAX = 5
TAGS_MAX = 50
CONCURRENCY_MAX = 1000
UNRESERVED_MIN = 100
POLICY_BYTES_MAX = 20_480
STORED_CODE_BYTES_MAX = 80_530_636_800
UNPUBLISHED = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
RETRIES_DEFAULT = 2
EVENT_AGE_S_DEFAULT = 6 * 60 * 60
RETRY_DELAYS_S = (60, 120)

RUNTIMES_LISTED = (
    "nodejs20.x, python3.14, provided.al2023, python3.12, python3.13, nodejs24.x, nodejs22.x, java25, python3.10, "
    "python3.11, java21, ruby3.3, ruby3.4, ruby3.2, python3.8, python3.9, java17, nodejs16.x, dotnet10, dotnet8, "
    "java11, dotnet6, nodejs18.x, provided.al2, java8.al2"
)
"""The recorded list, in the recorded order."""
_RUN_HERE = re.compile(
    r"python(2\.7|3\.([6-9]|1[0-5]))|provided\.al2(023)?"
    r"|nodejs(4\.3(-edge)?|6\.10|8\.10|10\.x|12\.x|14\.x|16\.x|18\.x|20\.x|22\.x|24\.x|26\.x)?"
)
"""With those that AWS has retired: applications that have them run on the nearest interpreter."""
_RETIRED = re.compile(r"java8|go1\.x|provided|ruby2\.[57]|dotnetcore[123]\.\d|dotnet[57](\.0)?")
RESERVED_VARIABLES = re.compile(
    r"_HANDLER|_X_AMZN_TRACE_ID|AWS_(DEFAULT_)?REGION|AWS_EXECUTION_ENV|AWS_LAMBDA_FUNCTION_(NAME|MEMORY_SIZE|VERSION)"
    r"|AWS_LAMBDA_INITIALIZATION_TYPE|AWS_LAMBDA_LOG_(GROUP|STREAM)_NAME|AWS_ACCESS_KEY(_ID)?|AWS_SECRET_ACCESS_KEY"
    r"|AWS_SESSION_TOKEN|AWS_LAMBDA_RUNTIME_API|LAMBDA_(TASK_ROOT|RUNTIME_DIR)"
)
"""Names of variables that the runtime sets: functions cannot."""


def check_function_name(text: str, name: str) -> None:
    """A new function's name (recorded: ``function_name_too_long-create_function``)."""
    if len(name) > NAME_LENGTH_MAX:
        raise invalid(
            f"1 validation error detected: Value '{text}' at 'functionName' failed to satisfy constraint: "
            f"Member must have length less than or equal to {NAME_LENGTH_MAX}"
        )


def check_runtime(runtime: str) -> None:
    """Refuses runtimes that AWS lacks, has retired, or that are not run here (``test_create_lambda_exceptions``)."""
    if _RUN_HERE.fullmatch(runtime):
        return
    if _RETIRED.fullmatch(runtime):
        raise invalid(
            f"The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda "
            "functions. We recommend you use a supported runtime while creating or updating functions."
        )
    if runtime in RUNTIMES_LISTED.split(", "):
        raise invalid(
            f"The runtime {runtime} is not run by this version of Stratolite; Python, Node.js and provided.* are."
        )
    raise invalid(
        f"Value {runtime} at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
        f"[{RUNTIMES_LISTED}] or be a valid ARN"
    )


def check_bound(value: int, member: str, most: int) -> None:
    """The model has the limits of other kinds of functions; these are the usual ones."""
    if value > most:
        raise api.ValidationException(
            f"1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: "
            f"Member must have value less than or equal to {most}"
        )


def check_environment(variables: Mapping[str, str]) -> None:
    """Size and reserved names (``test_large_environment_variables_fails``)."""
    reserved = sorted(name for name in variables if RESERVED_VARIABLES.fullmatch(name))
    if reserved:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = json.dumps(variables, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > ENVIRONMENT_BYTES_MAX:
        raise invalid(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            f"provided exceeded the 4KB limit. String measured: {text}"
        )


def check_tags(tags: Mapping[str, str]) -> None:
    if len(tags) > TAGS_MAX:
        raise invalid("Number of tags exceeds resource tag limit.")


def check_revision(wanted: str | None, current: str, call_to_make: str = "GetFunction/GetAlias") -> None:
    """Optimistic locking: the revision that the caller saw must be the current one."""
    if wanted is not None and wanted != current:
        raise api.PreconditionFailedException(
            "The Revision Id provided does not match the latest Revision Id. "
            f"Call the {call_to_make} API to retrieve the latest Revision Id",
        )


def check_new_statement(sid: str, statements: Container[str]) -> None:
    """The statements of a policy have ids of their own."""
    if sid in statements:
        raise api.ResourceConflictException(
            f"The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the "
            "existing statement.",
        )


def check_policy_size(policy: str) -> None:
    """The limit on the page "Lambda quotas"; the text is what AWS says to those who exceed it."""
    size = len(policy.encode())
    if size > POLICY_BYTES_MAX:
        raise api.PolicyLengthExceededException(
            f"The final policy size ({size}) is bigger than the limit ({POLICY_BYTES_MAX})."
        )


def check_payload_size(payload: bytes, invocation_type: str) -> None:
    """Raises RequestTooLargeException at the limit of the invocation type."""
    most = PAYLOAD_ASYNC_BYTES_MAX if invocation_type == "Event" else PAYLOAD_BYTES_MAX
    if len(payload) > most:
        raise api.RequestTooLargeException(
            f"{len(payload)} byte payload is too large for the {invocation_type} invocation type (limit {most} bytes)",
        )


def version_number(qualifier: str) -> int | None:
    """0 for ``$LATEST``, the number of a version, None for an alias."""
    if qualifier in ("", LATEST):
        return 0
    return int(qualifier) if qualifier.isascii() and qualifier.isdigit() else None


def is_alias_name(qualifier: str) -> bool:
    return re.fullmatch(r"[a-zA-Z0-9-_]+", qualifier) is not None and not qualifier.isdigit()
