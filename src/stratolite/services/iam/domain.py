"""Roles, users, groups, managed policies and instance profiles as values, kept as JSON: every field is plain."""

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass
class Role:
    """A role with its inline policies and the ARNs of its managed ones."""

    name: str
    path: str
    role_id: str
    arn: str
    created_s: int
    trust_policy: str
    description: str = ""
    max_session_s: int = 3600
    boundary: str = ""
    inline: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class User:
    """A user with its inline policies and the ARNs of its managed ones."""

    name: str
    path: str
    user_id: str
    arn: str
    created_s: int
    boundary: str = ""
    inline: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Group:
    """A group of users with its inline policies and the ARNs of its managed ones."""

    name: str
    path: str
    group_id: str
    arn: str
    created_s: int
    members: list[str] = field(default_factory=list)
    """Names of users."""
    inline: dict[str, str] = field(default_factory=dict)
    attached: list[str] = field(default_factory=list)
    boundary: ClassVar[str] = ""
    """Nothing bounds a group."""


@dataclass
class AccessKey:
    """What a user signs requests with."""

    key_id: str
    user_name: str
    secret: str
    created_s: int
    status: str = "Active"


@dataclass
class Profile:
    """An instance profile: what hands a role to a machine."""

    name: str
    path: str
    profile_id: str
    arn: str
    created_s: int
    roles: list[str] = field(default_factory=list)
    """Names; at most one."""
    tags: dict[str, str] = field(default_factory=dict)


@dataclass
class Version:
    """One version of a managed policy."""

    id: str
    document: str
    created_s: int


@dataclass
class Policy:
    """A managed policy of the account."""

    name: str
    path: str
    policy_id: str
    arn: str
    created_s: int
    updated_s: int
    default_version: str
    versions: list[Version]
    description: str = ""
    next_version: int = 2
    tags: dict[str, str] = field(default_factory=dict)

    def version(self, version_id: str) -> Version | None:
        """A version by its id (``v1``)."""
        return next((one for one in self.versions if one.id == version_id), None)
