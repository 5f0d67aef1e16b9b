"""How refusals look to an API that has set some of its gateway responses; as recorded, test_gateway_response_put."""

from typing import Any

import pytest

from stratolite.core.errors import AwsError
from stratolite.services.apigateway.failure import STATUS, TEMPLATE_DEFAULT, default, effective, not_answered

OWN: dict[str, Any] = {
    "responseType": "DEFAULT_5XX",
    "statusCode": "599",
    "responseParameters": {"gatewayresponse.header.a": "'b'"},
    "responseTemplates": {"application/json": "{}"},
    "defaultResponse": False,
}


@pytest.mark.parametrize("kind", sorted(STATUS))
def test_what_a_type_has_not_its_class_has(kind: str) -> None:
    assert effective(kind, {}) == default(kind)
    found = effective(kind, {"DEFAULT_5XX": OWN})
    if kind == "DEFAULT_5XX":
        assert found == OWN
    elif STATUS[kind].startswith("5"):
        assert found == {**OWN, "responseType": kind, "defaultResponse": True}
    else:
        assert found == default(kind)


def test_what_a_type_has_is_its_own() -> None:
    mine = {**default("AUTHORIZER_FAILURE"), "defaultResponse": False}
    assert effective("AUTHORIZER_FAILURE", {"DEFAULT_5XX": OWN, "AUTHORIZER_FAILURE": mine}) == mine
    assert mine["responseTemplates"] == {"application/json": TEMPLATE_DEFAULT}


@pytest.mark.parametrize(("error", "status"), [(TimeoutError(), 504), (AwsError("no such function"), 500)])
def test_clients_hear_nothing_of_functions_that_do_not_answer(error: AwsError | TimeoutError, status: int) -> None:
    failure = not_answered(error)
    assert (failure.status, "function" in str(failure.message)) == (status, False)
