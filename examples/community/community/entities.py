"""What is in the table: users and their posts, uploads and what was made of them, and counts.

| Entity     | pk              | sk            | gsi1pk / gsi1sk                    | gsi2pk / gsi2sk      |
|------------|-----------------|---------------|------------------------------------|----------------------|
| User       | USER#<id>       | USER          |                                    |                      |
| EmailOwner | EMAIL#<email>   | EMAIL         |                                    |                      |
| Post       | POST#<id>       | POST          | AUTHOR#<author> / POST#<created>   | FEED#<month> / <created> |
| Upload     | UPLOAD#<id>     | UPLOAD        | OWNER#<owner> / UPLOAD#<created>   |                      |
| Row        | UPLOAD#<upload> | ROW#<number>  |                                    |                      |
| Profile    | PROFILE#<id>    | PROFILE       |                                    |                      |
| Count      | COUNT#<day>     | TYPE#<type>   |                                    |                      |

The feed is parted by month: one partition for all posts of all times would be one that everybody writes to.
"""

import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from uuid import uuid4

from stratolite_patterns.single_table import Table

from community.config import keys


def new_id() -> str:
    """An id that nobody can guess."""
    return uuid4().hex


def now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


table = Table(
    lambda: os.environ["TABLE"],
    indexes={"gsi1": ("gsi1pk", "gsi1sk"), "gsi2": ("gsi2pk", "gsi2sk")},
    signing_key=lambda: keys().signing_key.reveal(),
)


class Role(Enum):
    """What somebody is here."""

    MEMBER = "member"
    ADMIN = "admin"


@table.entity("USER", pk="USER#{id}", sk="USER", version="version")
@dataclass(frozen=True)
class User:
    """Somebody who has registered."""

    id: str
    email: str
    name: str
    password: str = field(repr=False)
    """The scrypt hash of it."""
    role: Role = Role.MEMBER
    joined: datetime = field(default_factory=now)
    version: int = 0


@table.entity("EMAIL", pk="EMAIL#{email}", sk="EMAIL")
@dataclass(frozen=True)
class EmailOwner:
    """Keeps an address for one user: a condition can only look at the item that it writes."""

    email: str
    user_id: str


@table.entity(
    "POST",
    pk="POST#{id}",
    sk="POST",
    indexes={"gsi1": ("AUTHOR#{author}", "POST#{created}"), "gsi2": ("FEED#{month}", "{created}")},
    version="version",
)
@dataclass(frozen=True)
class Post:
    """What somebody has to say."""

    id: str
    author: str
    title: str
    text: str
    month: str
    created: datetime = field(default_factory=now)
    version: int = 0


class Kind(Enum):
    """What an upload is, by which it is worked on."""

    IMAGE = "image"
    TABLE = "table"


@table.entity(
    "UPLOAD", pk="UPLOAD#{id}", sk="UPLOAD", indexes={"gsi1": ("OWNER#{owner}", "UPLOAD#{created}")}, ttl="gone"
)
@dataclass(frozen=True)
class Upload:
    """A file that somebody was allowed to send. What became of it, the pipeline records under its key."""

    id: str
    owner: str
    kind: Kind
    key: str
    created: datetime = field(default_factory=now)
    gone: datetime | None = None
    """When it is forgotten, unless something has arrived by then."""


@table.entity("ROW", pk="UPLOAD#{upload}", sk="ROW#{number:08}")
@dataclass(frozen=True)
class Row:
    """A line of a table that was uploaded."""

    upload: str
    number: int
    values: dict[str, str]


@table.entity("PROFILE", pk="PROFILE#{id}", sk="PROFILE")
@dataclass(frozen=True)
class Profile:
    """What others see of a user: the read model, which the stream keeps."""

    id: str
    name: str
    role: str
    joined: datetime


@table.entity("COUNT", pk="COUNT#{day}", sk="TYPE#{type}")
@dataclass(frozen=True)
class Count:
    """How often something happened in a day."""

    day: str
    type: str
    count: int = 0


posts_of_author = table.pattern("posts_of_author", Post, index="gsi1", pk="AUTHOR#{author}", forward=False)
feed = table.pattern("feed", Post, index="gsi2", pk="FEED#{month}", forward=False)
uploads_of_owner = table.pattern("uploads_of_owner", Upload, index="gsi1", pk="OWNER#{owner}", forward=False)
rows_of_upload = table.pattern("rows_of_upload", Row, pk="UPLOAD#{upload}")
counts_of_day = table.pattern("counts_of_day", Count, pk="COUNT#{day}")
