"""Identities: who the caller is, and whose an access key is."""

from stratolite.core import access_keys
from stratolite.core.call import Call
from stratolite.core.errors import ValidationError
from stratolite.services.sts import Sts, api


def get_caller_identity(call: Call, sts: Sts, request: api.GetCallerIdentityRequest) -> api.GetCallerIdentityResponse:
    """The account, ARN and unique id of whoever signed the request."""
    session = sts.store.session(call.access_key_id)
    user_id = session.user_id if session else call.account
    if call.access_key_id.startswith(access_keys.USER_PREFIX):
        owner = sts.world.ports.access_key.owner(call.access_key_id)
        user_id = owner.user_id if owner is not None else user_id
    return {"UserId": user_id, "Account": call.account, "Arn": call.principal}


def get_access_key_info(call: Call, sts: Sts, request: api.GetAccessKeyInfoRequest) -> api.GetAccessKeyInfoResponse:
    """The account that an access key belongs to, which the key itself says."""
    key_id = request["AccessKeyId"]
    session = sts.store.session(key_id)
    account = session.account if session else access_keys.account_of(key_id)
    if account is None:
        raise ValidationError(f"Invalid value for AccessKeyId: {key_id}")
    return {"Account": account}
