"""Where the answers of those who make custom resources are put.

On AWS that is a presigned URL of S3; here what the path ends in is known to whom it was sent, as a signature is.
"""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.cloudformation import Cloudformation

RESPONSE_PREFIX = "/_cloudformation/response/"


def claims(request: Request) -> bool:
    """Cheap: one comparison of the path."""
    return request.path.startswith(RESPONSE_PREFIX)


async def answer(cloudformation: "Cloudformation", request: Request) -> Response:
    """Take an answer; S3's refusal for an address that was never given out."""
    from stratolite.services.cloudformation.background import receive

    token = request.path.removeprefix(RESPONSE_PREFIX)
    text = request.body.decode("utf-8", "replace") or " "
    is_known = request.method == "PUT" and await cloudformation.world.database.transact(
        lambda: receive(cloudformation, token, text)
    )
    if is_known:
        return Response(200, [], b"")
    return Response(403, [("content-type", "application/xml")], _DENIED)


_DENIED = b"""<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"""
