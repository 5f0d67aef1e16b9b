"""What happens here, as events; and the outbox, by which they leave together with what they tell of.

user.created    {"id", "name", "email"}
post.written    {"id", "author", "title"}
upload.finished {"id", "owner", "kind", "result"}
"""

import os
from functools import cache
from typing import Any

from stratolite_patterns.events import Event, Outbox, SnsPublisher

from community.entities import Post, Upload, User, table

SOURCE = "community"


@cache
def publisher() -> SnsPublisher:
    """Publishes to the topic that everybody listens to."""
    return SnsPublisher(os.environ["TOPIC"])


@cache
def outbox() -> Outbox:
    """The outbox in the table: what is in it, the function ``relay`` publishes."""
    return Outbox(table.name, publisher(), ttl=table.layout.ttl_attribute)


def user_created(user: User) -> Event:
    """Somebody has registered."""
    return _event("user.created", id=user.id, name=user.name, email=user.email)


def post_written(post: Post) -> Event:
    """Somebody has said something."""
    return _event("post.written", id=post.id, author=post.author, title=post.title)


def upload_finished(upload: Upload, result: dict[str, Any]) -> Event:
    """An upload has been worked on."""
    return _event("upload.finished", id=upload.id, owner=upload.owner, kind=upload.kind.value, result=result)


def _event(type: str, **data: Any) -> Event:
    return Event(type=type, data=data, source=SOURCE)
