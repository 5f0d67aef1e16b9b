"""Sessions: temporary credentials for a role or for the account itself."""

from stratolite.core.call import Call
from stratolite.services.sts import Sts, api, keys, rules
from stratolite.services.sts.domain import Session
from stratolite.services.sts.roles import role_of


def assume_role(call: Call, sts: Sts, request: api.AssumeRoleRequest) -> api.AssumeRoleResponse:
    """Credentials that stand for a role until they expire.

    Session policies, tags, the external id and the source identity bear on authorization alone; they are checked
    and kept with the session.
    """
    rules.no_mfa(request)
    arn, name = rules.role(request["RoleArn"])
    if "Policy" in request:
        rules.session_policy(request["Policy"])
    caller = sts.store.session(call.access_key_id, call.now_ms)
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
        access_key_id=keys.access_key_id(arn.account, entropy),
        account=arn.account,
        principal=principal,
        user_id=f"{role.role_id}:{session_name}",
        secret_access_key=keys.secret_access_key(entropy),
        session_token=keys.session_token(entropy, request.get("MinimumSessionTokenSize", 0)),
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
    return result


def get_session_token(call: Call, sts: Sts, request: api.GetSessionTokenRequest) -> api.GetSessionTokenResponse:
    """Temporary credentials of the caller's own account. Temporary credentials cannot call it, as on AWS."""
    rules.no_mfa(request)
    if sts.store.session(call.access_key_id, call.now_ms) is not None:
        raise api.AccessDenied("Cannot call GetSessionToken with session credentials")
    entropy = sts.world.entropy
    session = Session(
        access_key_id=keys.access_key_id(call.account, entropy),
        account=call.account,
        principal=call.principal,
        user_id=call.account,
        secret_access_key=keys.secret_access_key(entropy),
        session_token=keys.session_token(entropy, request.get("MinimumSessionTokenSize", 0)),
        is_role=False,
        expires_ms=call.now_ms + request.get("DurationSeconds", rules.SESSION_DURATION_S_DEFAULT) * 1000,
    )
    sts.store.insert(session, call.now_ms)
    return {"Credentials": _credentials(session)}


def _credentials(session: Session) -> api.Credentials:
    return {
        "AccessKeyId": session.access_key_id,
        "SecretAccessKey": session.secret_access_key,
        "SessionToken": session.session_token,
        "Expiration": session.expires_ms // 1000,
    }
