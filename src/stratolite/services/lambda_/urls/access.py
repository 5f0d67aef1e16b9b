"""Who may use a function URL.

With ``NONE`` the policy of the function (or alias) has to allow everyone. With ``AWS_IAM`` the request has to be
signed: callers of the same account may, because their own policies are not enforced; the policy has to allow others.
Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
"""

from collections.abc import Mapping
from typing import Any

from stratolite.core.call import Call
from stratolite.core.errors import AwsError
from stratolite.http.message import Request
from stratolite.protocol.signer import Expired, Signer, named_by
from stratolite.protocol.sigv4 import credential_of
from stratolite.services.lambda_ import Lambda, api
from stratolite.services.lambda_.url_store import FunctionUrl

ACTIONS = frozenset({"lambda:InvokeFunctionUrl", "lambda:*", "*"})
FORBIDDEN = (
    "Forbidden. For troubleshooting Function URL authorization issues, see: "
    "https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"
)
"""Recorded: ``test_lambda_permission_url_invocation``."""
_EVERYONE = ("*", {"AWS": "*"})


def caller(call: Call, lambda_: Lambda, url: FunctionUrl, request: Request) -> Mapping[str, Any] | None:
    """``authorizer.iam`` of a signed request, None where nobody has to sign. Raises AccessDeniedException."""
    statements = lambda_.store.statements(url.name).values()
    if url.auth_type == "NONE":
        if not any(_allows(statement, url, "") for statement in statements):
            raise api.AccessDeniedException(FORBIDDEN)
        return None
    signer = _signer(call, lambda_, request)
    account = signer.account
    if account != url.name.account and not any(_allows(statement, url, account) for statement in statements):
        raise api.AccessDeniedException(FORBIDDEN)
    return signer.iam


def _signer(call: Call, lambda_: Lambda, request: Request) -> Signer:
    try:
        credential = credential_of(request)
    except AwsError:
        credential = None
    if credential is None:
        raise api.AccessDeniedException(FORBIDDEN)
    try:
        return named_by(credential, lambda_.world.ports, call.now_ms)
    except Expired as error:
        raise api.AccessDeniedException(error.message) from None


def _allows(statement: Mapping[str, Any], url: FunctionUrl, account: str) -> bool:
    """Whether a statement of the policy allows a caller of an account, or everyone."""
    principal = statement["Principal"]
    known = {"AWS": f"arn:aws:iam::{account}:root"} if account else None
    if statement["Action"] not in ACTIONS or (principal not in _EVERYONE and principal != known):
        return False
    return all(
        _holds(operator, key, value, url)
        for operator, pairs in statement.get("Condition", {}).items()
        for key, value in pairs.items()
    )


def _holds(operator: str, key: str, value: str, url: FunctionUrl) -> bool:
    """A condition about anything but the URL speaks of callers that do not come this way."""
    if key == "lambda:FunctionUrlAuthType":
        return operator == "StringEquals" and value == url.auth_type
    return key == "lambda:InvokedViaFunctionUrl" and operator == "Bool" and value == "true"
