"""Trials: methods that are played, and authorizers that are asked, without a stage."""

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, rules
from stratolite.services.apigateway.authorizer_trial import AuthorizerTrial, ask, prepare_authorizer
from stratolite.services.apigateway.store import below
from stratolite.services.apigateway.trial import Trial, play, prepare

_REFUSED = {"clientCertificateId": "integrations are functions, which ask for no certificate"}
_AUTHORIZER_REFUSED = {"additionalContext": "the context of a trial is made here"}


async def test_invoke_method(
    call: Call, apigateway: Apigateway, request: api.TestInvokeMethodRequest
) -> api.TestInvokeMethodResponse:
    """Play a method as it is now, deployed or not.

    Recorded: test_invoke_test_method. https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeMethod.html
    """
    rules.refuse(request, _REFUSED)
    trial = await apigateway.world.database.transact(lambda: _prepared(call, apigateway, request))
    outcome = await play(apigateway, call, trial)
    many: dict[str, list[str]] = {}
    for name, value in outcome.fields:
        many.setdefault(name, []).append(value)
    return {
        "status": outcome.status,
        "body": outcome.body,
        "headers": {name: values[-1] for name, values in many.items()},
        "multiValueHeaders": many,
        "log": outcome.log,
        "latency": outcome.latency_ms,
    }


async def test_invoke_authorizer(
    call: Call, apigateway: Apigateway, request: api.TestInvokeAuthorizerRequest
) -> api.TestInvokeAuthorizerResponse:
    """Ask an authorizer as it is now, deployed or not. Authorizers see no bodies, those of trials as little as others.

    https://docs.aws.amazon.com/apigateway/latest/api/API_TestInvokeAuthorizer.html
    """
    rules.refuse(request, _AUTHORIZER_REFUSED)
    asked = await apigateway.world.database.transact(lambda: _prepared_authorizer(call, apigateway, request))
    answer = await ask(apigateway, call, asked)
    result: api.TestInvokeAuthorizerResponse = {
        "clientStatus": answer.status,
        "log": answer.log,
        "latency": answer.latency_ms,
    }
    if answer.claims:
        result["claims"] = dict(answer.claims)
    elif not answer.status:
        result |= {"principalId": answer.principal_id, "policy": answer.policy}
    return result


def _prepared_authorizer(
    call: Call, apigateway: Apigateway, request: api.TestInvokeAuthorizerRequest
) -> AuthorizerTrial:
    store, api_id = apigateway.store, request["restApiId"]
    document = rules.found(store.get(call, "authorizer", api_id, request["authorizerId"]), rules.NO_AUTHORIZER)
    rest_api = rules.found(store.get(call, "restapi", "", api_id), rules.NO_AUTHORIZER)
    return prepare_authorizer(call, apigateway, rest_api, document, request)


def _prepared(call: Call, apigateway: Apigateway, request: api.TestInvokeMethodRequest) -> Trial:
    store, api_id = apigateway.store, request["restApiId"]
    # For an API that is not there AWS names the resource, too.
    resource = rules.found(store.get(call, "resource", api_id, request["resourceId"]), rules.NO_RESOURCE)
    method = rules.found(
        store.get(call, "method", below(api_id, resource["id"]), request["httpMethod"]), rules.NO_METHOD
    )
    if "methodIntegration" not in method:
        raise api.BadRequestException("No integration defined for method")
    rest_api = rules.found(store.get(call, "restapi", "", api_id), rules.NO_RESOURCE)
    return prepare(call, apigateway, rest_api, resource, method, request)
