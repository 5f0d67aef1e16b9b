"""Identities: who the caller is, and whose an access key is."""

from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.sts import Sts, api, keys


def get_caller_identity(call: Call, sts: Sts, request: api.GetCallerIdentityRequest) -> api.GetCallerIdentityResponse:
    """The account, ARN and unique id of whoever signed the request."""
    session = sts.store.session(call.access_key_id)
    user_id = session.user_id if session else call.account
    return {"UserId": user_id, "Account": call.account, "Arn": call.principal}


def get_access_key_info(call: Call, sts: Sts, request: api.GetAccessKeyInfoRequest) -> api.GetAccessKeyInfoResponse:
    """The account that an access key belongs to, which the key itself says."""
    key_id = request["AccessKeyId"]
    session = sts.store.session(key_id)
    account = session.account if session else keys.account_of(key_id)
    if account is None:
        raise ValidationError(f"Invalid value for AccessKeyId: {key_id}")
    return {"Account": account}
