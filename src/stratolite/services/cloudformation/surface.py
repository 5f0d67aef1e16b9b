"""Where the answers of those who make custom resources are put, and the signals of wait conditions.

On AWS that is a presigned URL of S3; here what the path ends in is known to whom it was sent, as a signature is.
"""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

PREFIX = "/_cloudformation/"
RESPONSE_PREFIX = f"{PREFIX}response/"
SIGNAL_PREFIX = f"{PREFIX}signal/"


def claims(request: Request) -> bool:
    """Cheap: one comparison of the path."""
    return request.path.startswith(PREFIX)


async def answer(cloudformation: "Cloudformation", request: Request) -> Response:
    """Take an answer; S3's refusal for an address that was never given out."""
    from stratolite.services.cloudformation.background import receive

    if request.path.startswith(SIGNAL_PREFIX):
        return await _signal(cloudformation, request)
    token = request.path.removeprefix(RESPONSE_PREFIX)
    text = request.body.decode("utf-8", "replace") or " "
    is_known = request.method == "PUT" and await cloudformation.world.database.transact(
        lambda: receive(cloudformation, token, text)
    )
    if is_known:
        return Response(200, [], b"")
    return Response(403, [("content-type", "application/xml")], _DENIED)


async def _signal(cloudformation: "Cloudformation", request: Request) -> Response:
    """Take a signal of a wait condition."""
    from stratolite.services.cloudformation.background import signal

    path = request.path.removeprefix(SIGNAL_PREFIX)
    text = request.body.decode("utf-8", "replace")
    problem = "AccessDenied"
    if request.method == "PUT":
        problem = await cloudformation.world.database.transact(lambda: signal(cloudformation, path, text))
    if not problem:
        return Response(200, [], b"")
    if problem == "AccessDenied":
        return Response(403, [("content-type", "application/xml")], _DENIED)
    return Response(400, [("content-type", "application/xml")], _INVALID)


_INVALID = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>InvalidSignal</Code><Message>A signal is a JSON object with Status (SUCCESS or FAILURE), UniqueId, \
Reason and Data.</Message></Error>"""
_DENIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"""
