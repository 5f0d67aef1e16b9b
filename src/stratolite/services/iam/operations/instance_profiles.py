"""Instance profiles: kept and returned, so that tools which make and unmake roles find what they ask for.

No machine takes its role from them here.
"""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, rules
from stratolite.services.iam.domain import Profile
from stratolite.services.iam.lookup import require_profile, require_role, shown_profile, shown_tags, unique_id
from stratolite.services.iam.paging import page


def create_instance_profile(
    call: Call, iam: Iam, request: api.CreateInstanceProfileRequest
) -> api.CreateInstanceProfileResponse:
    """Make an instance profile without a role."""
    name, path = request["InstanceProfileName"], request.get("Path", "/")
    tags = rules.tags(request.get("Tags", []), {})
    if iam.store.profile(call, name) is not None:
        raise api.EntityAlreadyExistsException(f"Instance Profile {name} already exists.")
    arn = str(Arn("iam", "", call.account, f"instance-profile{path}{name}", partition_of(call.region)))
    profile = Profile(name, path, unique_id(iam.world.entropy, "AIPA"), arn, call.now_ms // 1000, tags=tags)
    iam.store.put_profile(call, profile)
    return {"InstanceProfile": shown_profile(call, iam, profile)}


def get_instance_profile(
    call: Call, iam: Iam, request: api.GetInstanceProfileRequest
) -> api.GetInstanceProfileResponse:
    """An instance profile by its name."""
    return {"InstanceProfile": shown_profile(call, iam, require_profile(call, iam, request["InstanceProfileName"]))}


def list_instance_profiles(
    call: Call, iam: Iam, request: api.ListInstanceProfilesRequest
) -> api.ListInstanceProfilesResponse:
    """Instance profiles, below a path."""
    prefix = request.get("PathPrefix", "/")
    profiles, more = page([one for one in iam.store.profiles(call) if one.path.startswith(prefix)], request)
    shown = [shown_profile(call, iam, one) for one in profiles]
    return {"InstanceProfiles": shown, **more}  # type: ignore[typeddict-item]


def list_instance_profiles_for_role(
    call: Call, iam: Iam, request: api.ListInstanceProfilesForRoleRequest
) -> api.ListInstanceProfilesForRoleResponse:
    """The instance profiles that hand out a role."""
    role = require_role(call, iam, request["RoleName"])
    profiles, more = page([one for one in iam.store.profiles(call) if role.name in one.roles], request)
    shown = [shown_profile(call, iam, one) for one in profiles]
    return {"InstanceProfiles": shown, **more}  # type: ignore[typeddict-item]


def add_role_to_instance_profile(call: Call, iam: Iam, request: api.AddRoleToInstanceProfileRequest) -> None:
    """Put a role into an instance profile that has none."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    role = require_role(call, iam, request["RoleName"])
    rules.quota("InstanceSessionsPerInstanceProfile", len(profile.roles) + 1, rules.PROFILE_ROLES_MAX)
    profile.roles.append(role.name)
    iam.store.put_profile(call, profile)


def remove_role_from_instance_profile(call: Call, iam: Iam, request: api.RemoveRoleFromInstanceProfileRequest) -> None:
    """Take the role out of an instance profile."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    if request["RoleName"] not in profile.roles:
        raise api.NoSuchEntityException(f"The role with name {request['RoleName']} cannot be found.")
    profile.roles.remove(request["RoleName"])
    iam.store.put_profile(call, profile)


def delete_instance_profile(call: Call, iam: Iam, request: api.DeleteInstanceProfileRequest) -> None:
    """Delete an instance profile without a role."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    if profile.roles:
        raise api.DeleteConflictException("Cannot delete entity, must remove roles from instance profile first.")
    iam.store.drop_profile(call, profile.name)


def tag_instance_profile(call: Call, iam: Iam, request: api.TagInstanceProfileRequest) -> None:
    """Add tags to an instance profile, or change them."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    profile.tags = rules.tags(request["Tags"], profile.tags)
    iam.store.put_profile(call, profile)


def untag_instance_profile(call: Call, iam: Iam, request: api.UntagInstanceProfileRequest) -> None:
    """Take tags off an instance profile."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    profile.tags = rules.without(profile.tags, request["TagKeys"])
    iam.store.put_profile(call, profile)


def list_instance_profile_tags(
    call: Call, iam: Iam, request: api.ListInstanceProfileTagsRequest
) -> api.ListInstanceProfileTagsResponse:
    """An instance profile's tags."""
    profile = require_profile(call, iam, request["InstanceProfileName"])
    tags, more = page(shown_tags(profile.tags), request)
    return {"Tags": list(tags), **more}  # type: ignore[typeddict-item]
