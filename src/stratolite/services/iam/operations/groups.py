"""Groups of users."""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, rules
from stratolite.services.iam.domain import Group
from stratolite.services.iam.lookup import require_group, require_user, shown_group, shown_user, unique_id
from stratolite.services.iam.paging import page


def create_group(call: Call, iam: Iam, request: api.CreateGroupRequest) -> api.CreateGroupResponse:
    """Make a group."""
    name, path = request["GroupName"], request.get("Path", "/")
    _check_free(call, iam, name)
    group_id = unique_id(iam.world.entropy, "AGPA")
    group = Group(name, path, group_id, _arn(call, path, name), call.now_ms // 1000)
    iam.store.put_group(call, group)
    return {"Group": shown_group(group)}


def get_group(call: Call, iam: Iam, request: api.GetGroupRequest) -> api.GetGroupResponse:
    """A group with its users."""
    group = require_group(call, iam, request["GroupName"])
    members, more = page(group.members, request)
    users = [shown_user(user, listed=True) for name in members if (user := iam.store.user(call.account, name))]
    return {"Group": shown_group(group), "Users": users, **more}  # type: ignore[typeddict-item]


def list_groups(call: Call, iam: Iam, request: api.ListGroupsRequest) -> api.ListGroupsResponse:
    """Groups, below a path."""
    prefix = request.get("PathPrefix", "/")
    groups, more = page([group for group in iam.store.groups(call) if group.path.startswith(prefix)], request)
    return {"Groups": [shown_group(group) for group in groups], **more}  # type: ignore[typeddict-item]


def list_groups_for_user(call: Call, iam: Iam, request: api.ListGroupsForUserRequest) -> api.ListGroupsForUserResponse:
    """The groups that a user is in."""
    user = require_user(call, iam, request["UserName"])
    groups, more = page([group for group in iam.store.groups(call) if user.name in group.members], request)
    return {"Groups": [shown_group(group) for group in groups], **more}  # type: ignore[typeddict-item]


def update_group(call: Call, iam: Iam, request: api.UpdateGroupRequest) -> None:
    """Change a group's name or path; the ARN changes with them, the id and the users do not."""
    group = require_group(call, iam, request["GroupName"])
    name, path = request.get("NewGroupName", group.name), request.get("NewPath", group.path)
    if name.lower() != group.name.lower():
        _check_free(call, iam, name)
    iam.store.drop_group(call, group.name)
    group.name, group.path, group.arn = name, path, _arn(call, path, name)
    iam.store.put_group(call, group)


def delete_group(call: Call, iam: Iam, request: api.DeleteGroupRequest) -> None:
    """Delete a group that has no users and policies left."""
    group = require_group(call, iam, request["GroupName"])
    if group.members:
        raise api.DeleteConflictException(rules.IN_GROUPS)
    bearing.check_bare(group)
    iam.store.drop_group(call, group.name)


def add_user_to_group(call: Call, iam: Iam, request: api.AddUserToGroupRequest) -> None:
    """Take a user into a group; one that is in it stays so."""
    group = require_group(call, iam, request["GroupName"])
    user = require_user(call, iam, request["UserName"])
    if user.name in group.members:
        return
    held = sum(user.name in one.members for one in iam.store.groups(call))
    rules.quota("GroupsPerUser", held + 1, rules.GROUPS_PER_USER_MAX)
    group.members.append(user.name)
    iam.store.put_group(call, group)


def remove_user_from_group(call: Call, iam: Iam, request: api.RemoveUserFromGroupRequest) -> None:
    """Take a user out of a group."""
    group = require_group(call, iam, request["GroupName"])
    user = require_user(call, iam, request["UserName"])
    if user.name not in group.members:
        raise api.NoSuchEntityException(f"User {user.name} not in group {group.name}.")
    group.members.remove(user.name)
    iam.store.put_group(call, group)


def _check_free(call: Call, iam: Iam, name: str) -> None:
    if iam.store.group(call, name) is not None:
        raise api.EntityAlreadyExistsException(f"Group with name {name} already exists.")


def _arn(call: Call, path: str, name: str) -> str:
    return str(Arn("iam", "", call.account, f"group{path}{name}", partition_of(call.region)))
