"""Where ``Code.Location`` and ``Content.Location`` lead: the zips of functions and layers.

On AWS that is a presigned URL of S3; here the unguessable id of the blob in the path is what the signature is there.
"""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.lambda_ import Lambda

CODE_PATH = "/_lambda/code/"


def claims(request: Request) -> bool:
    """Cheap: one comparison of the path."""
    return request.path.startswith(CODE_PATH)


async def answer(lambda_: "Lambda", request: Request) -> Response:
    """The zip, or 404."""
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
