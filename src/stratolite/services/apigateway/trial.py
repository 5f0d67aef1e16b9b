"""A method that is played without a stage: TestInvokeMethod, as the console's Test does it.

What stands between a client and the integration is left out, but for validation: authorizers, keys and rates are not
asked. Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-test-method.html; the log and the
answers are those of recordings (test_invoke_test_method, test_apigw_test_invoke_method_api).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from stratolite.core.call import Call
from stratolite.core.ids import DRAWN_BYTES, ids_of
from stratolite.http.client import Answer
from stratolite.http.message import Headers, Request
from stratolite.protocol.signer import Signer
from stratolite.services.apigateway import Apigateway, gate, snapshot
from stratolite.services.apigateway.answer import refuse
from stratolite.services.apigateway.exchange import Exchange
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.locate import Place
from stratolite.services.apigateway.outgoing import Sent
from stratolite.services.apigateway.reply import Fields, remapped
from stratolite.services.apigateway.serve import integrated
from stratolite.services.apigateway.stage import compiled_of
from stratolite.storage.documents import Document

STAGE = "test-invoke-stage"
_MALFORMED = 502
_TIMED_OUT = 504
_OURS = frozenset({"x-amzn-requestid", "x-amz-apigw-id", "content-type"})
"""What a refusal carries over HTTP and not here (recorded: test_failed_invoke_test_method)."""


class Trial(Exchange):
    """A request that nobody sent."""

    is_trial = True
    asker: Signer

    @property
    def identity(self) -> dict[str, Any]:
        self.identify(self.asker)
        return {
            **super().identity,
            "sourceIp": "test-invoke-source-ip",
            "apiKey": "test-invoke-api-key",
            "apiKeyId": "test-invoke-api-key-id",
        }

    def make_context(self, extended_id: Any, time: Any, now_ms: Any, request_id: Any, identity: Any) -> dict[str, Any]:
        context = super().make_context(extended_id, time, now_ms, request_id, identity)
        del context["deploymentId"]
        return {**context, "domainPrefix": "testPrefix", "domainName": "testPrefix.testDomainName"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial. ``fields`` are in the order of the log."""

    status: int
    fields: Fields
    body: str
    log: str
    latency_ms: int


def prepare(
    call: Call, apigateway: Apigateway, rest_api: Document, resource: Document, method: Document, request: Any
) -> Trial:
    """The request that is to be played, on the method as it is now."""
    frozen = {"id": resource["id"], "path": resource["path"], "methods": {method["httpMethod"]: method}}
    document: Document = {
        "stageName": STAGE,
        "deploymentId": "",
        "methodSettings": {},
        "variables": request.get("stageVariables"),
    }
    stage = compiled_of(call, snapshot.contents(call, apigateway.store, rest_api, [frozen]), document)
    path, _, query = (request.get("pathWithQueryString") or resource["path"]).partition("?")
    path = path if path.startswith("/") else f"/{path}"
    verb = "GET" if method["httpMethod"] == "ANY" else method["httpMethod"]
    body = (request.get("body") or "").encode()
    sent = Request(verb, path, query, Headers(_fields(request)), body)
    # A path of another resource gives no parameters, and the method is played all the same (recorded).
    found = stage.matcher.match(path)
    parameters = found[1] if found else {}
    routes = stage.matcher.match(resource["path"])
    assert routes is not None, "every resource's own path fits it"
    route = routes[0][method["httpMethod"]]
    entropy = apigateway.world.entropy
    trial = Trial(
        sent,
        Place(stage, path, path, verb, route, parameters),
        ids_of(entropy.token_bytes(DRAWN_BYTES), "", call.now_ms),
        call.now_ms,
    )
    trial.asker = _asker(call, apigateway)
    trial.route = route
    trial.path_parameters, trial.body = parameters, body
    return trial


def _asker(call: Call, apigateway: Apigateway) -> Signer:
    session = apigateway.world.ports.identity.resolve(call.access_key_id)
    user_id = session.user_id if session is not None else call.account
    return Signer(call.access_key_id, call.account, call.principal, user_id)


def _fields(request: Any) -> Iterable[tuple[str, str]]:
    many = request.get("multiValueHeaders") or {}
    for name, value in (request.get("headers") or {}).items():
        if name not in many:
            yield name, value
    for name, values in many.items():
        for value in values:
            yield name, value


async def play(apigateway: Apigateway, call: Call, trial: Trial) -> Outcome:
    """Play a request."""
    clock = apigateway.world.clock
    began_s = clock.elapsed_s()
    refusal: Failure | None = None
    try:
        gate.validate(trial)
        reply = await integrated(apigateway, call, trial)
        fields = remapped(reply.fields)
        if trial.trace_shown:
            fields = [("X-Amzn-Trace-Id", trial.trace_id), *fields]
        status, body = reply.status, reply.body
    except Failure as raised:
        refusal = raised
        response = refuse(trial, raised, trial.request_id, trial.extended_id)
        assert isinstance(response.body, bytes)
        status, body = response.status, response.body
        fields = [field for field in response.headers if field[0].lower() not in _OURS]
    text = body.decode("utf-8", "replace")
    lines = [
        *_begun(trial),
        *_integration(trial),
        *_ended(refusal, fields, text),
        f"Method completed with status: {status}",
    ]
    log = logged(trial.request_id, trial.now_ms, lines)
    return Outcome(status, fields, text, log, round((clock.elapsed_s() - began_s) * 1000))


def logged(request_id: str, now_ms: int, lines: Iterable[str]) -> str:
    """An execution log, as an answer carries it."""
    time = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%a %b %d %H:%M:%S UTC %Y")
    return "".join(
        [f"Execution log for request {request_id}\n", *(f"{time} : {line}\n" for line in lines)],
    )


def _begun(trial: Trial) -> list[str]:
    return [
        f"Starting execution for request: {trial.request_id}",
        f"HTTP Method: {trial.request.method}, Resource Path: {trial.path}",
        f"Method request path: {_map(trial.path_parameters)}",
        f"Method request query string: {_map({name: values[-1] for name, values in trial.query.items()})}",
        f"Method request headers: {_map({name: values[-1] for name, values in trial.headers.items()})}",
        f"Method request body before transformations: {trial.body.decode()}",
    ]


def _integration(trial: Trial) -> list[str]:
    """What went to the integration, and what came back."""
    sent = trial.outgoing or _invocation(trial)
    if sent is None:
        return []
    return [
        f"Endpoint request URI: {sent.url}",
        f"Endpoint request headers: {_map(dict(sent.fields))}",
        f"Endpoint request body after transformations: {sent.body.decode('utf-8', 'replace')}",
        f"Sending request to {sent.url}",
        f"Received response. Status: {sent.answer.status}, Integration latency: {round(trial.integration_s * 1000)} ms",
        f"Endpoint response headers: {_map(dict(sent.answer.headers.as_sent))}",
        f"Endpoint response body before transformations: {sent.answer.body.decode('utf-8', 'replace')}",
    ]


def _invocation(trial: Trial) -> Sent | None:
    """An invocation as the request that it is on AWS, save the signature, which AWS masks."""
    if not trial.received:
        return None
    headers = [
        ("x-amzn-lambda-integration-tag", trial.request_id),
        ("x-amzn-apigateway-api-id", trial.stage.api_id),
        ("Accept", "application/json"),
        ("User-Agent", f"AmazonAPIGateway_{trial.stage.api_id}"),
        ("X-Amzn-Trace-Id", trial.trace_id),
    ]
    answered = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(trial.received))),
        ("X-Amz-Executed-Version", "$LATEST"),
        ("X-Amzn-Trace-Id", trial.trace_id),
    ]
    url = f"https://lambda.{trial.stage.region}.amazonaws.com/2015-03-31/functions/{trial.route.function}/invocations"
    return Sent(url, headers, trial.sent, Answer(200, Headers(answered), trial.received))


def _ended(refusal: Failure | None, fields: Fields, body: str) -> list[str]:
    if refusal is None:
        return [
            f"Method response body after transformations: {body}",
            f"Method response headers: {_map(dict(fields))}",
            "Successfully completed execution",
        ]
    if refusal.status == _TIMED_OUT:
        return ["Execution failed due to a timeout error"]
    reason = "Malformed Lambda proxy response" if refusal.status == _MALFORMED else refusal.reason or refusal.message
    return [f"Execution failed due to configuration error: {reason}"]


def _map(given: Mapping[str, Any]) -> str:
    """As Java writes maps."""
    return "{" + ", ".join(f"{name}={value}" for name, value in given.items()) + "}"
