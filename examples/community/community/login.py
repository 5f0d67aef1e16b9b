"""A name and a password for a token. Who is unknown waits as long as who has the wrong password, and hears the same."""

from dataclasses import dataclass
from typing import Annotated

from stratolite_patterns.authorizer import Login, LoginFailed
from stratolite_patterns.cqrs import Bus, Length

from community.entities import EmailOwner, Role, User, table
from community.observed import observed
from community.tokens import signer

bus = Bus(errors={LoginFailed: 401})


@dataclass(frozen=True)
class LogIn:
    """Of somebody who has registered."""

    email: Annotated[str, Length(3, 254)]
    password: Annotated[str, Length(1, 200)]


def found(user_id: str) -> tuple[str, list[str]] | None:
    """The hash and the roles of a user; admins are members, too."""
    user = table.get(User, id=user_id) if user_id else None
    if user is None:
        return None
    return user.password, ["member", *(["admin"] if user.role is Role.ADMIN else [])]


@bus.command(LogIn, route="POST /login")
def log_in(command: LogIn) -> dict[str, str]:
    """The token's subject is the user's id: addresses change."""
    owner = table.get(EmailOwner, email=command.email.strip().lower())
    return {"token": Login(signer(), found)(owner.user_id if owner else "", command.password)}


handler = observed(bus.handler)
