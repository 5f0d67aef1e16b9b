"""What is no operation: function URLs, and where ``Code.Location`` and ``Content.Location`` lead.

A function URL answers at the host ``<url-id>.lambda-url.<anything>`` on both ports, and at
``/_aws/lambda-url/<url-id>/...``. The zips of functions and layers have a presigned URL of S3 on AWS; here the
unguessable id of the blob in the path is what the signature is there.
"""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.lambda_ import Lambda

CODE_PATH = "/_lambda/code/"
URL_PATH = "/_aws/lambda-url/"
URL_HOST = ".lambda-url."


def claims(request: Request) -> bool:
    """Cheap: three comparisons."""
    return request.path.startswith(CODE_PATH) or claims_app(request)


def claims_app(request: Request) -> bool:
    """Whether a request is one to a function URL, on either port."""
    return URL_HOST in request.host or request.path.startswith(URL_PATH)


async def answer(lambda_: "Lambda", request: Request) -> Response:
    """A function's answer, a zip, or 404."""
    if not claims_app(request):
        return _code(lambda_, request)
    from stratolite.services.lambda_.urls.serve import serve

    url_id, _, path = request.path.removeprefix(URL_PATH).partition("/")
    if request.path.startswith(URL_PATH):
        return await serve(lambda_, request, url_id, f"/{path}")
    return await serve(lambda_, request, request.host.partition(URL_HOST)[0].lower(), request.path)


def _code(lambda_: "Lambda", request: Request) -> Response:
    from stratolite.services.lambda_.domain import FunctionName

    words = request.path.removeprefix(CODE_PATH).split("/")
    if request.method != "GET" or len(words) != 6 or not words[4].isdigit():
        return _absent()
    kind, account, region, name, number, blob = words
    if kind == "function":
        version = lambda_.store.version(FunctionName(account, region, name), int(number))
        code = version.code if version else None
    else:
        layer = lambda_.layers.version(account, region, name, int(number))
        code = layer.code if layer else None
    if code is None or code.blob != blob:
        return _absent()
    return Response(200, [("content-type", "application/zip")], lambda_.world.blobs.read(code.blob))


def _absent() -> Response:
    return Response(404, [("content-type", "text/plain")], b"There is no such code.\n")
