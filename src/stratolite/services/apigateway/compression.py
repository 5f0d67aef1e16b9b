"""Which encoding an API that compresses packs an answer in.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-receive-response-with-compressed-payload.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-enable-compression.html
"""

from functools import lru_cache

from stratolite.http import encodings


@lru_cache(256)
def wanted_encoding(accepted: str) -> str:
    """``gzip`` or ``deflate``: the first that no other encoding is preferred to; empty where there is none.

    Both have to be named: ``*`` does not ask for them. A client that prefers ``identity``, or what API Gateway does not
    support, gets the body as it is.
    """
    wanted = encodings.weights(accepted)
    most = max(wanted.values(), default=0.0)
    return next((name for name in wanted if name in encodings.PACKED and wanted[name] == most > 0), "")
