"""Users, their boundaries and tags."""

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.services.iam import Iam, api, bearing, rules
from stratolite.services.iam.domain import Group, User
from stratolite.services.iam.lookup import bounding, require_user, shown_tags, shown_user, unique_id
from stratolite.services.iam.paging import page


def create_user(call: Call, iam: Iam, request: api.CreateUserRequest) -> api.CreateUserResponse:
    """Make a user."""
    name, path = request["UserName"], request.get("Path", "/")
    tags = rules.tags(request.get("Tags", []), {})
    if "PermissionsBoundary" in request:
        bounding(call, iam, request["PermissionsBoundary"])
    _check_free(call, iam, name)
    user = User(
        name,
        path,
        unique_id(iam.world.entropy, "AIDA"),
        _arn(call, path, name),
        call.now_ms // 1000,
        request.get("PermissionsBoundary", ""),
        tags=tags,
    )
    iam.store.put_user(call, user)
    return {"User": shown_user(user)}


def get_user(call: Call, iam: Iam, request: api.GetUserRequest) -> api.GetUserResponse:
    """A user by its name, or the one who asks."""
    return {"User": shown_user(require_user(call, iam, request.get("UserName")))}


def list_users(call: Call, iam: Iam, request: api.ListUsersRequest) -> api.ListUsersResponse:
    """Users, below a path."""
    prefix = request.get("PathPrefix", "/")
    users, more = page([user for user in iam.store.users(call) if user.path.startswith(prefix)], request)
    return {"Users": [shown_user(user, listed=True) for user in users], **more}  # type: ignore[typeddict-item]


def update_user(call: Call, iam: Iam, request: api.UpdateUserRequest) -> None:
    """Change a user's name or path; the ARN changes with them, the id and the access keys do not."""
    user = require_user(call, iam, request["UserName"])
    name, path = request.get("NewUserName", user.name), request.get("NewPath", user.path)
    if name.lower() != user.name.lower():
        _check_free(call, iam, name)
    keys = iam.store.access_keys(call, user.name)
    for group in _groups(call, iam, user):
        group.members[group.members.index(user.name)] = name
        iam.store.put_group(call, group)
    iam.store.drop_user(call, user.name)
    user.name, user.path, user.arn = name, path, _arn(call, path, name)
    iam.store.put_user(call, user)
    for key in keys:
        key.user_name = name
        iam.store.put_access_key(call, key)


def delete_user(call: Call, iam: Iam, request: api.DeleteUserRequest) -> None:
    """Delete a user that has no policies, access keys and groups left."""
    user = require_user(call, iam, request["UserName"])
    bearing.check_bare(user)
    if iam.store.access_keys(call, user.name):
        raise api.DeleteConflictException("Cannot delete entity, must delete access keys first.")
    if _groups(call, iam, user):
        raise api.DeleteConflictException(rules.IN_GROUPS)
    iam.store.drop_user(call, user.name)


def put_user_permissions_boundary(call: Call, iam: Iam, request: api.PutUserPermissionsBoundaryRequest) -> None:
    """Set the policy that bounds a user's permissions."""
    user = require_user(call, iam, request["UserName"])
    bearing.bound(call, iam, user, request["PermissionsBoundary"])
    iam.store.put_user(call, user)


def delete_user_permissions_boundary(call: Call, iam: Iam, request: api.DeleteUserPermissionsBoundaryRequest) -> None:
    """Take the bounding policy off a user."""
    user = require_user(call, iam, request["UserName"])
    bearing.unbound(user)
    iam.store.put_user(call, user)


def tag_user(call: Call, iam: Iam, request: api.TagUserRequest) -> None:
    """Add tags to a user, or change them."""
    user = require_user(call, iam, request["UserName"])
    user.tags = rules.tags(request["Tags"], user.tags)
    iam.store.put_user(call, user)


def untag_user(call: Call, iam: Iam, request: api.UntagUserRequest) -> None:
    """Take tags off a user."""
    user = require_user(call, iam, request["UserName"])
    user.tags = rules.without(user.tags, request["TagKeys"])
    iam.store.put_user(call, user)


def list_user_tags(call: Call, iam: Iam, request: api.ListUserTagsRequest) -> api.ListUserTagsResponse:
    """A user's tags."""
    tags, more = page(shown_tags(require_user(call, iam, request["UserName"]).tags), request)
    return {"Tags": list(tags), **more}  # type: ignore[typeddict-item]


def _groups(call: Call, iam: Iam, user: User) -> list[Group]:
    return [group for group in iam.store.groups(call) if user.name in group.members]


def _check_free(call: Call, iam: Iam, name: str) -> None:
    if iam.store.user(call.account, name) is not None:
        raise api.EntityAlreadyExistsException(f"User with name {name} already exists.")


def _arn(call: Call, path: str, name: str) -> str:
    return str(Arn("iam", "", call.account, f"user{path}{name}", partition_of(call.region)))
