"""Web pages that use the AWS APIs from a browser: pages of this machine may, those of other sites may not.

AWS lets every page read its answers, since each request is signed with a secret that the page has to know. Here no
signature is checked, and whoever makes a function runs a program: a page that somebody only looks at must not be able
to. A browser announces most requests to another origin by a preflight request, which only pages that are welcome get
through. What it sends without an announcement is refused here when such a page sends it.

Services with rules of their own keep them: buckets, deployed APIs and function URLs have what their owners declare.
Source: https://fetch.spec.whatwg.org/#http-cors-protocol; https://www.w3.org/TR/fetch-metadata/
"""

import json
from collections.abc import Collection

from stratolite.core.errors import AwsError
from stratolite.http.loopback import is_here
from stratolite.http.message import Handler, Request, Response

ANY = "*"
UNANNOUNCED_METHODS = frozenset({"GET", "HEAD", "POST"})
UNANNOUNCED_TYPES = frozenset({"", "application/x-www-form-urlencoded", "multipart/form-data", "text/plain"})
ANNOUNCED_HEADERS = ("authorization", "x-amz-target", "x-amz-date", "smithy-protocol")
EXPOSED = "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date"
PREFLIGHT_S = "172800"
"""How long a browser may remember a preflight's answer: as long as DynamoDB's."""


class ForeignPage(AwsError):
    """A page of another site may not use this cloud."""

    code = "AccessDeniedException"
    status = 403

    def __init__(self, origin: str) -> None:
        super().__init__(
            f"Pages of {origin or 'other sites'} may not use this cloud from a browser. The option --origin of"
            " 'stratolite up' and 'stratolite start' names origins that may."
        )


class Pages:
    """Which pages are welcome: those of this machine, and of the ``origins`` that its owner names."""

    def __init__(self, origins: Collection[str] = ()) -> None:
        # As browsers write them, which is not how people copy them from the address bar.
        self._origins = frozenset(origin.lower().rstrip("/") for origin in origins)

    def welcomes(self, origin: str) -> bool:
        """Whether pages of an origin may use the AWS APIs."""
        return is_here(origin) or origin in self._origins or ANY in self._origins

    def check(self, request: Request, *, is_read: bool) -> None:
        """Raises ForeignPage for what a page that is not welcome has a browser send without an announcement.

        ``is_read``: a GET that changes nothing. Browsers name no origin with those, and show no page the answer.
        """
        if _is_announced(request):
            return
        origin = request.headers.get("origin")
        is_elsewhere = bool(origin) or (not is_read and request.headers.get("sec-fetch-site") == "cross-site")
        if is_elsewhere and not self.welcomes(origin):
            raise ForeignPage(origin)

    def preflight(self, request: Request) -> Response:
        """What a browser hears that asks whether a page of an origin that is welcome may send a request."""
        headers = [
            *self._granted(),
            ("access-control-allow-methods", request.headers.get("access-control-request-method")),
            ("access-control-max-age", PREFLIGHT_S),
        ]
        names = request.headers.get("access-control-request-headers")
        if names:
            headers.append(("access-control-allow-headers", names))
        if request.headers.get("access-control-request-private-network") == "true":
            headers.append(("access-control-allow-private-network", "true"))
        return Response(200, headers)

    def share(self, request: Request, response: Response) -> None:
        """Let pages that are welcome read an answer."""
        origin = request.headers.get("origin")
        if origin and self.welcomes(origin):
            response.headers = [*response.headers, *self._granted()]

    async def guarded(self, request: Request, handler: Handler) -> Response:
        """The product's own pages, which have no rules of their own: what ``handler`` answers, or a refusal."""
        try:
            self.check(request, is_read=request.method != "POST")
        except ForeignPage as error:
            body = json.dumps({"message": error.message}).encode()
            return Response(error.status, [("content-type", "application/json")], body)
        if is_preflight(request) and self.welcomes(request.headers.get("origin")):
            return self.preflight(request)
        response = await handler(request)
        self.share(request, response)
        return response

    def _granted(self) -> list[tuple[str, str]]:
        return [
            ("access-control-allow-origin", ANY),
            ("access-control-expose-headers", EXPOSED),
            ("vary", "Origin"),
        ]


def is_browsers(request: Request) -> bool:
    """Whether a browser may have sent a request for a page of another origin."""
    return "origin" in request.headers or "sec-fetch-site" in request.headers


def is_preflight(request: Request) -> bool:
    """Whether a browser asks if a page may send a request."""
    return request.method == "OPTIONS" and bool(request.headers.get("access-control-request-method"))


def _is_announced(request: Request) -> bool:
    """Whether a browser asks before it sends this for a page of another origin."""
    return (
        request.method not in UNANNOUNCED_METHODS
        or request.headers.get("content-type").partition(";")[0].strip().lower() not in UNANNOUNCED_TYPES
        or any(name in request.headers for name in ANNOUNCED_HEADERS)
    )
