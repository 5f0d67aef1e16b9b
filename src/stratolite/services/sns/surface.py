"""Serves the certificate with which notifications are signed."""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response
from stratolite.services.sns.signing import CERTIFICATE_PREFIX

if TYPE_CHECKING:
    from stratolite.services.sns import Sns


def claims(request: Request) -> bool:
    """Whether a request is for the certificate."""
    return request.method == "GET" and request.path.startswith(CERTIFICATE_PREFIX) and request.path.endswith(".pem")


async def answer(sns: "Sns", request: Request) -> Response:
    """The certificate as PEM."""
    await sns.signer.prepare(sns.world.clock.now_s())
    if request.path != sns.signer.certificate_path:
        return Response(404, [("content-type", "text/plain")], b"There is no such certificate.")
    return Response(200, [("content-type", "application/x-pem-file")], sns.signer.certificate)
