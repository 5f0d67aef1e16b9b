"""What can go wrong, as one small hierarchy.

    StratoliteError
    ├── UserError            the user's mistake, told to a person: what happened, where, what to do
    │   └── Mistakes         several of them
    └── AwsError             an answer of a service to a client: code, text, HTTP status, extra fields
        ├── (each service's own, generated in services/<name>/api.py: ``raise api.ResourceNotFoundException()``)
        └── the errors below, which any service can answer

The class name is AWS's error code unless ``code`` says otherwise (some codes contain dots).
Texts are AWS's own where they are known.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar


class StratoliteError(Exception):
    """Whatever the product raises on purpose."""


class UserError(StratoliteError):
    """A mistake of the user's, shown without a traceback.

    ``what`` is one sentence; ``where`` is ``file:line:column`` or the name of a resource; ``todo`` says how to
    mend it; ``exit_code`` is the process's (2: bad input or configuration, 1: it failed while running).
    """

    def __init__(self, what: str, *, where: str = "", todo: str = "", exit_code: int = 2) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.todo = todo
        self.exit_code = exit_code

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.todo:
            lines.append(f"  {self.todo}")
        return "\n".join(lines)


class Mistakes(UserError):
    """Several mistakes, told at once. ``errors`` are all of them; the text shows those up to SHOWN_MAX."""

    SHOWN_MAX = 20

    def __init__(self, what: str, errors: Sequence[UserError], *, where: str = "") -> None:
        self.errors = tuple(errors)
        lines = []
        for error in self.errors[: self.SHOWN_MAX]:
            lines.append(f"\n  - {error.where}: {error.what}" if error.where else f"\n  - {error.what}")
            lines += [f"\n    {error.todo}"] if error.todo else []
        if len(self.errors) > self.SHOWN_MAX:
            lines.append(f"\n  - and {len(self.errors) - self.SHOWN_MAX} more")
        super().__init__(f"{what}:{''.join(lines)}", where=where)


class AwsError(StratoliteError):
    """An error that a service answers. ``fields`` are the further members of a modelled error."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 400
    text: ClassVar[str] = ""
    """AWS's default message, used when none is given."""

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        if "code" not in cls.__dict__:
            cls.code = cls.__name__

    def __init__(self, message: str | None = None, **fields: Any) -> None:
        self.message = self.text if message is None else message
        self.fields = fields
        super().__init__(f"{self.code}: {self.message}")

    @property
    def is_client_fault(self) -> bool:
        """Whether the sender has to change something (4xx), as opposed to the service (5xx)."""
        return self.status < 500


@cache
def answered(code: str) -> type[AwsError]:
    """The class of errors that a service in another process answered with this code."""
    return type(code, (AwsError,), {"__doc__": "What a service in another process answered.", "code": code})


class InternalFailure(AwsError):
    """A fault of ours. The text never shows a traceback."""

    status = 500
    text = "The request processing has failed because of an unknown error, exception or failure."


class ServiceUnavailable(AwsError):
    """The server is stopping, or a queue is at its limit."""

    status = 503
    text = "Service is unable to handle request."


class SerializationException(AwsError):
    """The body is not of the wire format or of the wire type that the model names."""

    text = ""


class UnknownOperationException(AwsError):
    """The service has no such operation (JSON and CBOR protocols)."""

    text = ""


class InvalidAction(AwsError):
    """The service has no such operation (query protocol)."""


class NotImplementedHere(AwsError):
    """AWS has this, Stratolite does not yet. Refused by name, never ignored (law 6)."""

    code = "NotImplemented"
    status = 501


class ValidationException(AwsError):
    """The request breaks a constraint of the model (JSON and REST protocols)."""


class ValidationError(AwsError):
    """The request breaks a constraint of the model (query protocol)."""


class MissingAuthenticationToken(AwsError):
    """The request carries no signature and the operation needs one."""

    status = 403
    text = "Request is missing Authentication Token"


class IncompleteSignature(AwsError):
    """The Authorization header lacks a part."""

    status = 403


class ExpiredToken(AwsError):
    """The temporary credentials of the request have expired (query protocol)."""

    status = 403
    text = "The security token included in the request is expired"


class ExpiredTokenException(AwsError):
    """The temporary credentials of the request have expired (protocols that carry JSON)."""

    status = 400
    text = ExpiredToken.text


class RequestEntityTooLarge(AwsError):
    """The payload is over the limit of its service."""

    code = "RequestEntityTooLargeException"
    status = 413
