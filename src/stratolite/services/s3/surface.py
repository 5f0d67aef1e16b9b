"""HTTP that is no operation: websites, and what browsers ask before they share (OPTIONS) or send as forms (POST)."""

from typing import TYPE_CHECKING

from stratolite.http.message import Request, Response

if TYPE_CHECKING:
    from stratolite.services.s3 import S3

FORM_TYPE = "multipart/form-data"
WEBSITE_LABEL = ".s3-website"
"""What the hosts of websites have behind the bucket."""


def claims(request: Request) -> bool:
    """Cheap: a few comparisons for nearly every request."""
    if request.method == "OPTIONS" or WEBSITE_LABEL in request.host:
        return _names_bucket(request)
    return (
        request.method == "POST"
        and request.headers.get("content-type").startswith(FORM_TYPE)
        and not request.query
        and _names_bucket(request)
    )


def _names_bucket(request: Request) -> bool:
    from stratolite.protocol.uri import bucket_path

    return len(bucket_path(request)) > 1


async def answer(s3: "S3", request: Request) -> Response:
    """What S3 says to browsers."""
    if WEBSITE_LABEL in request.host and request.method != "OPTIONS":
        from stratolite.services.s3 import site

        return await site.answer(s3, request)
    from stratolite.services.s3 import browser

    return await browser.answer(s3, request)
