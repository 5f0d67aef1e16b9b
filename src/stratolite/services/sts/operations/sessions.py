"""Sessions: temporary credentials for a role or for the account itself."""

from collections.abc import Mapping
from typing import Any

from stratolite.core import access_keys
from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.sts import Sts, api, rules
from stratolite.services.sts.domain import Session
from stratolite.services.sts.roles import role_of


def assume_role(call: Call, sts: Sts, request: api.AssumeRoleRequest) -> api.AssumeRoleResponse:
    """Credentials that stand for a role until they expire.

    Session policies and the external id bear on authorization alone, which allows everything; they are checked. Tags
    and the source identity are kept with the session, for the roles that it assumes in turn.
    """
    rules.no_mfa(request)
    arn, name = rules.role(request["RoleArn"])
    packed = rules.session_policy(request["Policy"]) if "Policy" in request else None
    caller = sts.store.session(call.access_key_id)
    inherited = {key: caller.tags[key] for key in caller.transitive_tag_keys} if caller else {}
    transitive = request.get("TransitiveTagKeys", [])
    tags = rules.session_tags(request.get("Tags", []), transitive, inherited)
    role = role_of(call, sts.world, arn, name)
    duration_s = request.get("DurationSeconds", rules.ROLE_DURATION_S_DEFAULT)
    rules.duration(
        duration_s, is_chained=caller is not None and caller.is_role, role_duration_s_max=role.duration_s_max
    )
    session_name = request["RoleSessionName"]
    source = request.get("SourceIdentity") or (caller.source_identity if caller else "")
    principal = f"arn:{arn.partition}:sts::{arn.account}:assumed-role/{name}/{session_name}"
    entropy = sts.world.entropy
    session = Session(
        access_key_id=access_keys.access_key_id(arn.account, entropy),
        account=arn.account,
        principal=principal,
        user_id=f"{role.role_id}:{session_name}",
        secret_access_key=access_keys.secret_access_key(entropy),
        session_token=access_keys.session_token(entropy, request.get("MinimumSessionTokenSize", 0)),
        is_role=True,
        expires_ms=call.now_ms + duration_s * 1000,
        tags=tags,
        # A key is kept as its tag is written; the request may differ in case.
        transitive_tag_keys=tuple(
            key for key in tags if key in inherited or key.lower() in {one.lower() for one in transitive}
        ),
        source_identity=source,
    )
    sts.store.insert(session, call.now_ms)
    result: api.AssumeRoleResponse = {
        "Credentials": _credentials(session),
        "AssumedRoleUser": {"AssumedRoleId": session.user_id, "Arn": principal},
    }
    if source:
        result["SourceIdentity"] = source
    if packed is not None:
        result["PackedPolicySize"] = packed
    return result


def get_session_token(call: Call, sts: Sts, request: api.GetSessionTokenRequest) -> api.GetSessionTokenResponse:
    """Temporary credentials of the caller's own account. Temporary credentials cannot call it, as on AWS."""
    rules.no_mfa(request)
    if sts.store.session(call.access_key_id) is not None:
        raise api.AccessDenied("Cannot call GetSessionToken with session credentials")
    return {"Credentials": _credentials(_own_session(call, sts, request, call.principal, call.account))}


def get_federation_token(
    call: Call, sts: Sts, request: api.GetFederationTokenRequest
) -> api.GetFederationTokenResponse:
    """Temporary credentials of the caller's own account, under a name."""
    if sts.store.session(call.access_key_id) is not None:
        raise api.AccessDenied("Cannot call GetFederationToken with session credentials")
    packed = rules.session_policy(request["Policy"]) if "Policy" in request else 0
    rules.session_tags(request.get("Tags", []), [], {})
    name = request["Name"]
    principal = str(Arn("sts", "", call.account, f"federated-user/{name}", partition_of(call.region)))
    session = _own_session(call, sts, request, principal, f"{call.account}:{name}")
    return {
        "Credentials": _credentials(session),
        "FederatedUser": {"FederatedUserId": session.user_id, "Arn": principal},
        "PackedPolicySize": packed,
    }


def _own_session(call: Call, sts: Sts, request: Mapping[str, Any], principal: str, user_id: str) -> Session:
    """New credentials of the caller's account."""
    entropy = sts.world.entropy
    session = Session(
        access_key_id=access_keys.access_key_id(call.account, entropy),
        account=call.account,
        principal=principal,
        user_id=user_id,
        secret_access_key=access_keys.secret_access_key(entropy),
        session_token=access_keys.session_token(entropy, request.get("MinimumSessionTokenSize", 0)),
        is_role=False,
        expires_ms=call.now_ms + request.get("DurationSeconds", rules.SESSION_DURATION_S_DEFAULT) * 1000,
    )
    sts.store.insert(session, call.now_ms)
    return session


def _credentials(session: Session) -> api.Credentials:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expires_ms // 1000,
    }
