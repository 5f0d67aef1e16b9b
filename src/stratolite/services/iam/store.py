"""The rows of roles, users, groups, access keys, policies and instance profiles."""

import json
from dataclasses import asdict

from stratolite.core.call import Call
from stratolite.services.iam.domain import AccessKey, Group, Policy, Profile, Role, User, Version
from stratolite.storage.database import Database


class Store:
    """Reads and writes the service's tables."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def role(self, call: Call, name: str) -> Role | None:
        """Names of roles differ by more than case."""
        row = self._database.one("SELECT body FROM iam_role WHERE account = ? AND name = ?", (call.account, name))
        return Role(**json.loads(row[0])) if row else None

    def roles(self, call: Call) -> list[Role]:
        """All roles, in order of name."""
        rows = self._database.query("SELECT body FROM iam_role WHERE account = ? ORDER BY name", (call.account,))
        return [Role(**json.loads(row[0])) for row in rows]

    def put_role(self, call: Call, role: Role) -> None:
        self._database.write(
            "INSERT INTO iam_role VALUES (?, ?, ?) ON CONFLICT (account, name) DO UPDATE SET body = excluded.body",
            (call.account, role.name, json.dumps(asdict(role))),
        )

    def drop_role(self, call: Call, name: str) -> None:
        self._database.write("DELETE FROM iam_role WHERE account = ? AND name = ?", (call.account, name))

    def user(self, account: str, name: str) -> User | None:
        """Names of users differ by more than case."""
        row = self._database.one("SELECT body FROM iam_user WHERE account = ? AND name = ?", (account, name))
        return User(**json.loads(row[0])) if row else None

    def users(self, call: Call) -> list[User]:
        """All users, in order of name."""
        rows = self._database.query("SELECT body FROM iam_user WHERE account = ? ORDER BY name", (call.account,))
        return [User(**json.loads(row[0])) for row in rows]

    def put_user(self, call: Call, user: User) -> None:
        self._database.write(
            "INSERT INTO iam_user VALUES (?, ?, ?)"
            " ON CONFLICT (account, name) DO UPDATE SET name = excluded.name, body = excluded.body",
            (call.account, user.name, json.dumps(asdict(user))),
        )

    def drop_user(self, call: Call, name: str) -> None:
        self._database.write("DELETE FROM iam_user WHERE account = ? AND name = ?", (call.account, name))

    def group(self, call: Call, name: str) -> Group | None:
        """Names of groups differ by more than case."""
        row = self._database.one("SELECT body FROM iam_group WHERE account = ? AND name = ?", (call.account, name))
        return Group(**json.loads(row[0])) if row else None

    def groups(self, call: Call) -> list[Group]:
        """All groups, in order of name."""
        rows = self._database.query("SELECT body FROM iam_group WHERE account = ? ORDER BY name", (call.account,))
        return [Group(**json.loads(row[0])) for row in rows]

    def put_group(self, call: Call, group: Group) -> None:
        self._database.write(
            "INSERT INTO iam_group VALUES (?, ?, ?) ON CONFLICT (account, name) DO UPDATE SET body = excluded.body",
            (call.account, group.name, json.dumps(asdict(group))),
        )

    def drop_group(self, call: Call, name: str) -> None:
        self._database.write("DELETE FROM iam_group WHERE account = ? AND name = ?", (call.account, name))

    def bearers(self, call: Call) -> list[Role | User | Group]:
        """Everything that policies can be attached to."""
        return [*self.roles(call), *self.users(call), *self.groups(call)]

    def access_key(self, key_id: str) -> tuple[str, AccessKey] | None:
        """An access key of any account, behind the account."""
        row = self._database.one("SELECT account, body FROM iam_access_key WHERE key_id = ?", (key_id,))
        return (row[0], AccessKey(**json.loads(row[1]))) if row else None

    def access_keys(self, call: Call, user_name: str) -> list[AccessKey]:
        """The access keys of a user, the oldest first."""
        rows = self._database.query(
            "SELECT body FROM iam_access_key WHERE account = ? AND user_name = ?", (call.account, user_name)
        )
        return sorted((AccessKey(**json.loads(row[0])) for row in rows), key=lambda key: (key.created_s, key.key_id))

    def put_access_key(self, call: Call, key: AccessKey) -> None:
        self._database.write(
            "INSERT INTO iam_access_key VALUES (?, ?, ?, ?)"
            " ON CONFLICT (key_id) DO UPDATE SET user_name = excluded.user_name, body = excluded.body",
            (key.key_id, call.account, key.user_name, json.dumps(asdict(key))),
        )

    def drop_access_key(self, key_id: str) -> None:
        self._database.write("DELETE FROM iam_access_key WHERE key_id = ?", (key_id,))

    def policy(self, call: Call, arn: str) -> Policy | None:
        row = self._database.one("SELECT body FROM iam_policy WHERE account = ? AND arn = ?", (call.account, arn))
        return _policy(row[0]) if row else None

    def policies(self, call: Call) -> list[Policy]:
        """All managed policies of the account, in order of ARN."""
        rows = self._database.query("SELECT body FROM iam_policy WHERE account = ? ORDER BY arn", (call.account,))
        return [_policy(row[0]) for row in rows]

    def put_policy(self, call: Call, policy: Policy) -> None:
        self._database.write(
            "INSERT INTO iam_policy VALUES (?, ?, ?) ON CONFLICT (account, arn) DO UPDATE SET body = excluded.body",
            (call.account, policy.arn, json.dumps(asdict(policy))),
        )

    def drop_policy(self, call: Call, arn: str) -> None:
        self._database.write("DELETE FROM iam_policy WHERE account = ? AND arn = ?", (call.account, arn))

    def profile(self, call: Call, name: str) -> Profile | None:
        row = self._database.one(
            "SELECT body FROM iam_instance_profile WHERE account = ? AND name = ?", (call.account, name)
        )
        return Profile(**json.loads(row[0])) if row else None

    def profiles(self, call: Call) -> list[Profile]:
        """All instance profiles, in order of name."""
        rows = self._database.query(
            "SELECT body FROM iam_instance_profile WHERE account = ? ORDER BY name", (call.account,)
        )
        return [Profile(**json.loads(row[0])) for row in rows]

    def put_profile(self, call: Call, profile: Profile) -> None:
        self._database.write(
            "INSERT INTO iam_instance_profile VALUES (?, ?, ?)"
            " ON CONFLICT (account, name) DO UPDATE SET body = excluded.body",
            (call.account, profile.name, json.dumps(asdict(profile))),
        )

    def drop_profile(self, call: Call, name: str) -> None:
        self._database.write("DELETE FROM iam_instance_profile WHERE account = ? AND name = ?", (call.account, name))


def _policy(text: str) -> Policy:
    raw = json.loads(text)
    raw["versions"] = [Version(**one) for one in raw["versions"]]
    return Policy(**raw)
