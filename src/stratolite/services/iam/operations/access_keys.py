"""Access keys of users: a request that is signed with an active one is the user's."""

from stratolite.core import access_keys
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, rules
from stratolite.services.iam.domain import AccessKey
from stratolite.services.iam.lookup import require_user
from stratolite.services.iam.paging import page


def create_access_key(call: Call, iam: Iam, request: api.CreateAccessKeyRequest) -> api.CreateAccessKeyResponse:
    """Make a key; its secret is shown this once."""
    user = require_user(call, iam, request.get("UserName"))
    rules.quota("AccessKeysPerUser", len(iam.store.access_keys(call, user.name)) + 1, rules.ACCESS_KEYS_MAX)
    entropy = iam.world.entropy
    key = AccessKey(
        access_keys.access_key_id(call.account, entropy, access_keys.USER_PREFIX),
        user.name,
        access_keys.secret_access_key(entropy),
        call.now_ms // 1000,
    )
    iam.store.put_access_key(call, key)
    shown: api.AccessKey = {
        "UserName": key.user_name,
        "AccessKeyId": key.key_id,
        "Status": "Active",
        "SecretAccessKey": key.secret,
        "CreateDate": key.created_s,
    }
    return {"AccessKey": shown}


def list_access_keys(call: Call, iam: Iam, request: api.ListAccessKeysRequest) -> api.ListAccessKeysResponse:
    """The keys of a user, or of the one who asks."""
    user = require_user(call, iam, request.get("UserName"))
    keys, more = page(iam.store.access_keys(call, user.name), request)
    shown = [
        {"UserName": key.user_name, "AccessKeyId": key.key_id, "Status": key.status, "CreateDate": key.created_s}
        for key in keys
    ]
    return {"AccessKeyMetadata": shown, **more}  # type: ignore[typeddict-item]


def update_access_key(call: Call, iam: Iam, request: api.UpdateAccessKeyRequest) -> None:
    """Make a key active or inactive."""
    key = _require(call, iam, request.get("UserName"), request["AccessKeyId"])
    key.status = request["Status"]
    iam.store.put_access_key(call, key)


def delete_access_key(call: Call, iam: Iam, request: api.DeleteAccessKeyRequest) -> None:
    """Delete a key."""
    iam.store.drop_access_key(_require(call, iam, request.get("UserName"), request["AccessKeyId"]).key_id)


def _require(call: Call, iam: Iam, user_name: str | None, key_id: str) -> AccessKey:
    """A key of a user. Raises NoSuchEntity."""
    user = require_user(call, iam, user_name)
    key = next((key for key in iam.store.access_keys(call, user.name) if key.key_id == key_id), None)
    if key is None:
        raise api.NoSuchEntityException(f"The Access Key with id {key_id} cannot be found.")
    return key
