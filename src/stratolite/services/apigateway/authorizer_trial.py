"""An authorizer that is asked without a stage: TestInvokeAuthorizer, as the console's Test does it.

Nothing of its answer is kept. Source of the answer: https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html;
the event and the log are those of real trials that people kept in public repositories.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, authorization, pool
from stratolite.services.apigateway.authorizer import POOLS, Authorizer, compiled
from stratolite.services.apigateway.failure import Failure
from stratolite.services.apigateway.stage import fill
from stratolite.services.apigateway.trial import Trial, logged, prepare
from stratolite.storage.documents import Document

STAGE = "ESTestInvoke-stage"
"""What the method's ARN has in the place of a stage."""
RESOURCE_ID = "test-invoke-resource-id"
CLEAR_LENGTH = 6
"""How much of the end of an identity a log shows."""
_METHOD: Document = {
    "httpMethod": "GET",
    "authorizationType": "NONE",
    "apiKeyRequired": False,
    "methodIntegration": {"type": "MOCK", "timeoutInMillis": 29_000},
}


@dataclass(frozen=True, slots=True)
class Answer:
    """What an authorizer answered. ``status`` is what a client would be told, 0 when it would be let in."""

    status: int
    log: str
    latency_ms: int
    principal_id: str = ""
    policy: str = ""
    claims: Mapping[str, str] = field(default_factory=dict)
    """Of a user pool's token."""


@dataclass(frozen=True, slots=True)
class AuthorizerTrial:
    """An authorizer, and the request that it is asked about."""

    authorizer: Authorizer
    trial: Trial


def prepare_authorizer(
    call: Call, apigateway: Apigateway, rest_api: Document, document: Document, request: Any
) -> AuthorizerTrial:
    """The authorizer as it is now, and a GET of the given path."""
    path = (request.get("pathWithQueryString") or "/").partition("?")[0]
    resource = {"id": RESOURCE_ID, "path": path if path.startswith("/") else f"/{path}"}
    given = {name: value for name, value in request.items() if name != "body"}
    trial = prepare(call, apigateway, rest_api, resource, _METHOD, given)
    variables = request.get("stageVariables") or {}
    return AuthorizerTrial(compiled(document, lambda text: fill(text, variables)), trial)


async def ask(apigateway: Apigateway, call: Call, asked: AuthorizerTrial) -> Answer:
    """Ask the authorizer."""
    authorizer, trial = asked.authorizer, asked.trial
    if authorizer.kind == POOLS:
        return await _ask_pools(apigateway, authorizer, trial)
    clock = apigateway.world.clock
    path = trial.path.removeprefix("/")
    method_arn = call.arn("execute-api", f"{trial.stage.api_id}/{STAGE}/{trial.request.method}/{path}")
    lines = [f"Starting authorizer: {authorizer.id} for request: {trial.request_id}"]
    status, principal_id, policy = 0, "", ""
    began_s = clock.elapsed_s()
    try:
        identity = authorization.identity_of(trial, authorizer)
        lines.append(f"Incoming identity: {_shown(authorizer, identity)}")
        result = await authorization.ask(apigateway, call, trial, authorizer, method_arn)
        lines += _exchanged(authorizer, trial)
        principal_id = authorization.read(result).principal_id
        policy = json.dumps(json.loads(result.payload)["policyDocument"], separators=(",", ":"))
        lines += [
            f"Using valid authorizer policy for principal: {_masked(principal_id)}",
            "Successfully completed authorizer execution",
        ]
    except Failure as failure:
        status = failure.status
        if trial.received and not any(line.startswith("Endpoint") for line in lines):
            lines += _exchanged(authorizer, trial)
        lines += _refused(trial, failure)
    latency_ms = round((clock.elapsed_s() - began_s) * 1000)
    return Answer(status, logged(trial.request_id, trial.now_ms, lines), latency_ms, principal_id, policy)


async def _ask_pools(apigateway: Apigateway, authorizer: Authorizer, trial: Trial) -> Answer:
    """Identity tokens alone can be tried, as on AWS. The log is in the manner of Lambda authorizers'."""
    clock = apigateway.world.clock
    lines = [f"Starting authorizer: {authorizer.id} for request: {trial.request_id}"]
    status, claims = 0, {}
    began_s = clock.elapsed_s()
    try:
        claims = await pool.ask(apigateway, trial, authorizer, ())
        lines.append("Successfully completed authorizer execution")
    except Failure as failure:
        status = failure.status
        lines += [f"Unauthorized request: {trial.request_id}", failure.reason or str(failure.message)]
    latency_ms = round((clock.elapsed_s() - began_s) * 1000)
    return Answer(status, logged(trial.request_id, trial.now_ms, lines), latency_ms, claims=claims)


def _exchanged(authorizer: Authorizer, trial: Trial) -> list[str]:
    url = f"https://lambda.{trial.stage.region}.amazonaws.com/2015-03-31/functions/{authorizer.function}/invocations"
    return [
        f"Endpoint request URI: {url}",
        f"Endpoint request body after transformations: {trial.sent.decode('utf-8', 'replace')}",
        f"Sending request to {url}",
        f"Authorizer result body before parsing: {trial.received.decode('utf-8', 'replace')}",
    ]


def _refused(trial: Trial, failure: Failure) -> list[str]:
    if failure.kind == "UNAUTHORIZED":
        return [f"Unauthorized request: {trial.request_id}", "Unauthorized"]
    return [f"Execution failed due to configuration error: {failure.reason}", failure.error_type]


def _shown(authorizer: Authorizer, identity: tuple[str, ...]) -> str:
    if authorizer.kind == "TOKEN":
        return _masked(identity[0])
    pairs = zip(authorizer.sources, identity, strict=True)
    return "{" + ", ".join(f"{source}={_masked(value)}" for source, value in pairs) + "}"


def _masked(text: str) -> str:
    return "*" * (len(text) - CLEAR_LENGTH) + text[-CLEAR_LENGTH:]
