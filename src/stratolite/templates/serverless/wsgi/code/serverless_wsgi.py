"""Events of API Gateway and of load balancers as WSGI requests (PEP 3333), and what an application answers as results.

It stands beside the code of a function, runs in its interpreter and imports nothing of Stratolite. Applications call
``handle_request(app, event, context)``.
"""

from __future__ import annotations

import base64
import io
import itertools
import json
import os
import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, unquote_plus, urlencode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Event = dict[str, Any]
    Headers = list[tuple[str, str]]

TEXT_MIME_TYPES = [
    "application/json",
    "application/javascript",
    "application/xml",
    "application/vnd.api+json",
    "image/svg+xml",
]
"""What is answered as text besides ``text/*``; everything else is binary."""


def handle_request(app: Any, event: Event, context: Any) -> Event:
    """The result of an application for one event; events of warmers and schedules are answered by nothing."""
    if event.get("source") in ("aws.events", "serverless-plugin-warmup"):
        print("Lambda warming event received, skipping handler")
        return {}
    request_context = event.get("requestContext") or {}
    if event.get("version") == "2.0":
        environ = _of_http_api(event, request_context)
    elif "requestPath" in event and "httpMethod" not in event:
        environ = _of_mapped_request(event)
    else:
        environ = _of_rest_api(event, request_context)
    environ["serverless.event"] = event
    environ["serverless.context"] = context
    status, headers, body = _answer(app, environ)
    result = _result(status, headers, body, event)
    if "requestPath" in event and "httpMethod" not in event and status >= 300:
        # Without proxy integration, statuses are chosen by what an error says.
        raise RuntimeError(json.dumps(result))
    return result


def _of_rest_api(event: Event, request_context: Event) -> Event:
    headers = event.get("multiValueHeaders") or {name: [value] for name, value in (event.get("headers") or {}).items()}
    query = event.get("multiValueQueryStringParameters") or event.get("queryStringParameters") or {}
    if request_context.get("elb"):
        # Load balancers leave queries as they were written.
        query = {unquote_plus(name): _each(value, unquote_plus) for name, value in query.items()}
    path = event.get("path", "/").partition("?")[0]
    authorizer = request_context.get("authorizer") or {}
    return _environ(
        method=event.get("httpMethod", "GET"),
        path=path,
        script=_stage_path(request_context, path),
        query=urlencode(query, doseq=True),
        headers=headers,
        body=_body(event),
        address=(request_context.get("identity") or {}).get("sourceIp") or "",
        user=authorizer.get("principalId") or "",
        authorizer=authorizer or None,
    )


def _of_http_api(event: Event, request_context: Event) -> Event:
    headers = {name: [value] for name, value in (event.get("headers") or {}).items()}
    if event.get("cookies"):
        headers["cookie"] = ["; ".join(event["cookies"])]
    http = request_context.get("http") or {}
    authorizer = request_context.get("authorizer") or {}
    return _environ(
        method=http.get("method", "GET"),
        path=event.get("rawPath", "/").partition("?")[0],
        script="",
        query=event.get("rawQueryString", ""),
        headers=headers,
        body=_body(event),
        address=http.get("sourceIp") or "",
        user=authorizer.get("principalId") or "",
        authorizer=authorizer or None,
    )


def _of_mapped_request(event: Event) -> Event:
    """An event that the mapping template of the Serverless Framework makes, for integrations that are no proxies."""
    path = event["requestPath"]
    for name, value in (event.get("path") or {}).items():
        path = path.replace(f"{{{name}}}", value).replace(f"{{{name}+}}", value)
    body = event.get("body")
    return _environ(
        method=event.get("method", "GET"),
        path=path,
        script="",
        query=urlencode(event.get("query") or {}, doseq=True),
        headers={name: [value] for name, value in (event.get("headers") or {}).items()},
        body=json.dumps(body).encode() if body else b"",
        address=(event.get("identity") or {}).get("sourceIp") or "",
        user=event.get("principalId") or "",
        authorizer=event.get("enhancedAuthContext"),
    )


def _stage_path(request_context: Event, path: str) -> str:
    """``/dev`` where the stage stands before the path, unless STRIP_STAGE_PATH says that nobody wants to know."""
    if os.environ.get("STRIP_STAGE_PATH", "").strip().lower() in ("yes", "y", "true", "t", "1"):
        return ""
    stage = f"/{request_context.get('stage')}"
    whole = request_context.get("path") or ""
    return stage if whole in (f"{stage}{path}", f"{stage}{path}".rstrip("/")) else ""


def _each(value: Any, work: Callable[[str], str]) -> Any:
    return [work(one) for one in value] if isinstance(value, list) else work(value)


def _body(event: Event) -> bytes:
    body = event.get("body") or ""
    if event.get("isBase64Encoded"):
        return base64.b64decode(body)
    return str(body).encode()


def _environ(
    *,
    method: str,
    path: str,
    script: str,
    query: str,
    headers: dict[str, list[str]],
    body: bytes,
    address: str,
    user: str,
    authorizer: Any,
) -> Event:
    named = {name.lower(): ",".join(map(str, values)) for name, values in headers.items()}
    base = os.environ.get("API_GATEWAY_BASE_PATH", "").strip("/")
    if base:
        script = f"/{base}"
        path = path[len(script) :] if path.startswith(script) else path
    environ = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": _latin(script),
        "PATH_INFO": _latin(unquote(path)),
        "QUERY_STRING": _latin(query),
        "CONTENT_TYPE": named.get("content-type", ""),
        "CONTENT_LENGTH": str(len(body)),
        "REMOTE_ADDR": address,
        "REMOTE_USER": user,
        "SERVER_NAME": named.get("host", "lambda"),
        "SERVER_PORT": named.get("x-forwarded-port", "443"),
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": named.get("x-forwarded-proto", "https"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": False,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "serverless.authorizer": authorizer,
    }
    for name, value in named.items():
        if name not in ("content-type", "content-length"):
            environ[f"HTTP_{name.upper().replace('-', '_')}"] = _latin(value)
    return environ


def _latin(text: str) -> str:
    """A text as WSGI has it: the bytes of UTF-8, each as one character."""
    return text.encode().decode("latin-1")


def _answer(app: Any, environ: Event) -> tuple[int, Headers, bytes]:
    """Status, headers and body that an application gives."""
    started: list[tuple[str, Headers]] = []
    written: list[bytes] = []

    # The third argument is WSGI's.
    def start_response(status: str, headers: Headers, exc_info: Any = None) -> Callable[[bytes], None]:  # noqa: ARG001
        started[:] = [(status, headers)]
        return written.append

    pieces: Iterable[bytes] = app(environ, start_response)
    try:
        # The iterator may start the response with its first piece.
        written.extend(pieces)
    finally:
        if hasattr(pieces, "close"):
            pieces.close()
    status, headers = started[0]
    return int(status.split(" ", 1)[0]), headers, b"".join(written)


def _result(status: int, headers: Headers, body: bytes, event: Event) -> Event:
    several: dict[str, list[str]] = {}
    for name, value in headers:
        several.setdefault(name, []).append(value)
    result: Event = {"statusCode": status}
    if event.get("version") == "2.0":
        cookies = next((several.pop(name) for name in list(several) if name.lower() == "set-cookie"), None)
        result["headers"] = {name: ",".join(values) for name, values in several.items()}
        if cookies:
            result["cookies"] = cookies
    elif event.get("multiValueHeaders"):
        result["multiValueHeaders"] = several
    else:
        # Where a name can have one value, its spellings have one each.
        result["headers"] = {
            spelt: value
            for name, values in several.items()
            for spelt, value in zip(_spellings(name, len(values)), values)  # noqa: B905 - a name may have fewer spellings.
        }
    if (event.get("requestContext") or {}).get("elb"):
        result["statusDescription"] = f"{status} {HTTPStatus(status).phrase}"
    if body:
        is_text = _is_text(headers)
        result["body"] = body.decode() if is_text else base64.b64encode(body).decode()
        result["isBase64Encoded"] = not is_text
    return result


def _spellings(name: str, wanted: int) -> list[str]:
    if wanted == 1:
        return [name]
    cases = itertools.product(*({letter.lower(): 0, letter.upper(): 0} for letter in name))
    return ["".join(letters) for letters in itertools.islice(cases, wanted)]


def _is_text(headers: Headers) -> bool:
    named = {name.lower(): value for name, value in headers}
    kind = named.get("content-type", "text/plain").partition(";")[0].strip().lower()
    return (kind.startswith("text/") or kind in TEXT_MIME_TYPES) and not named.get("content-encoding")
