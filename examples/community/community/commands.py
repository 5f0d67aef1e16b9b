"""What changes something: each command is a class, and has one handler.

Whatever a client sends is checked against the class before the handler runs; what the server decides, such as who is
asking, is set by the server alone (``inject``), and a client that sends it is refused.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any

from stratolite_patterns.authorizer import Forbidden, caller, hash_password
from stratolite_patterns.cqrs import Bus, Call, Length, Matches
from stratolite_patterns.single_table import STATUSES

from community import happened, uploads
from community.entities import EmailOwner, Kind, Post, Role, Upload, User, new_id, now, table
from community.observed import observed

Text = Annotated[str, Length(1, 10_000)]
Name = Annotated[str, Length(1, 100)]
Email = Annotated[str, Length(3, 254), Matches(r"[^@\s]+@[^@\s]+\.[^@\s]+", "is no e-mail address")]

bus = Bus(errors={**STATUSES, Forbidden: 403})


def asking(call: Call) -> str:
    """The id of whoever asks."""
    return caller(call.event).id


@dataclass(frozen=True)
class Register:
    """A new user."""

    email: Email
    name: Name
    password: Annotated[str, Length(10, 200)]


@bus.command(Register, route="POST /users", status=201)
def register(command: Register) -> dict[str, str]:
    """One transaction: the user, the address that nobody else may have, and the event that tells of it."""
    email = command.email.strip().lower()
    user = User(new_id(), email, command.name, hash_password(command.password))
    with table.transaction() as change:
        change.create(user)
        change.create(EmailOwner(email, user.id))
        change.include(happened.outbox().entry(user.id, happened.user_created(user)))
    return {"id": user.id}


@dataclass(frozen=True)
class ChangeRole:
    """Of another user."""

    id: str
    role: Role


@bus.command(ChangeRole, route="PUT /users/{id}/role")
def change_role(command: ChangeRole) -> dict[str, str]:
    """Admins alone come here: access.py says so, and the authorizer sees to it."""
    user = table.update(table.key(User, id=command.id), role=command.role)
    return {"id": user.id, "role": user.role.value}


@dataclass(frozen=True)
class Write:
    """A new post."""

    author: str
    title: Annotated[str, Length(1, 200)]
    text: Text


@bus.command(Write, route="POST /posts", status=201, inject={"author": asking})
def write(command: Write) -> dict[str, str]:
    """One transaction: the post, and the event that tells of it."""
    created = now()
    post = Post(new_id(), command.author, command.title, command.text, f"{created:%Y-%m}", created)
    with table.transaction() as change:
        change.create(post)
        change.include(happened.outbox().entry(post.id, happened.post_written(post)))
    return {"id": post.id}


@dataclass(frozen=True)
class Rewrite:
    """A post's author has thought again. ``version`` is the one that was read."""

    author: str
    id: str
    version: int
    title: Annotated[str, Length(1, 200)]
    text: Text


@bus.command(Rewrite, route="PUT /posts/{id}", inject={"author": asking})
def rewrite(command: Rewrite) -> dict[str, Any]:
    """Whoever read an older version than the one that is there gets 409, and nothing is lost."""
    post = _own(command.id, command.author)
    seen = Post(post.id, post.author, post.title, post.text, post.month, post.created, command.version)
    changed = table.update(seen, title=command.title, text=command.text)
    return {"id": changed.id, "version": changed.version}


@dataclass(frozen=True)
class Withdraw:
    """A post is taken back."""

    author: str
    id: str


@bus.command(Withdraw, route="DELETE /posts/{id}", status=204, inject={"author": asking})
def withdraw(command: Withdraw) -> None:
    """Only by its author."""
    table.delete(_own(command.id, command.author))


@dataclass(frozen=True)
class BeginUpload:
    """Somebody wants to send a file: an image, or a table (CSV)."""

    owner: str
    kind: Kind
    name: Annotated[str, Length(1, 200)]


@bus.command(BeginUpload, route="POST /uploads", status=201, inject={"owner": asking})
def begin_upload(command: BeginUpload) -> dict[str, Any]:
    """The file goes straight to the bucket, by a form that is good for a while: no function has to carry it."""
    upload_id = new_id()
    key = uploads.key_of(command.kind, upload_id, command.name)
    upload = Upload(upload_id, command.owner, command.kind, key, gone=now() + timedelta(days=1))
    table.create(upload)
    return {"id": upload_id, "form": uploads.form(upload)}


def _own(post_id: str, author: str) -> Post:
    post = table.require(Post, id=post_id, consistent=True)
    if post.author != author:
        raise Forbidden(f"the post {post_id} is somebody else's")
    return post


handler = observed(bus.handler)
