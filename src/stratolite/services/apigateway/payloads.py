"""What bodies become between clients and integrations: bytes as they are, text, or base 64.

The API's binary media types say what is binary: of a request its Content-Type, of a response the Content-Type that the
integration gave it and the client's Accept. Source:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings-workflow.html; recorded:
test_apigw_s3_binary_support_request and those named like it.
"""

import base64
import binascii

from stratolite.services.apigateway.failure import misconfigured

TO_BINARY, TO_TEXT = "CONVERT_TO_BINARY", "CONVERT_TO_TEXT"


def of_request(body: bytes, handling: str, *, is_binary: bool) -> bytes:
    """What an integration gets of a request's body. Raises Failure (500) for base 64 that is none."""
    if is_binary:
        return base64.b64encode(body) if handling == TO_TEXT else body
    return decoded(body) if handling == TO_BINARY else as_text(body)


def of_response(body: bytes, handling: str, *, is_binary: bool, is_wanted: bool) -> bytes:
    """What the client gets of an integration's body; ``is_wanted``: it accepts what is binary. Raises Failure (500)."""
    if wants_bytes(handling, is_wanted=is_wanted):
        return body if is_binary else decoded(body)
    return base64.b64encode(body) if is_binary else as_text(body)


def wants_bytes(handling: str, *, is_wanted: bool) -> bool:
    """Whether a response is to be bytes."""
    return handling == TO_BINARY or (not handling and is_wanted)


def decoded(body: bytes) -> bytes:
    """The bytes of base 64. Raises Failure (500) for what is none."""
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise misconfigured() from None


def as_text(body: bytes) -> bytes:
    """A body that is text to the API: what is none is broken, as on AWS."""
    return body.decode("utf-8", "replace").encode()
