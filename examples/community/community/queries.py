"""What is asked: each query is a class, and has one handler. Nothing changes here, and the role of the function allows
nothing else.
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from stratolite_patterns.authorizer import Forbidden, caller
from stratolite_patterns.cqrs import Bus, Call, Matches, Range
from stratolite_patterns.single_table import STATUSES, Page

from community import entities, profiles, uploads
from community.entities import Post, Upload, table
from community.observed import observed

Limit = Annotated[int, Range(1, 100)]

bus = Bus(errors={**STATUSES, Forbidden: 403})


@dataclass(frozen=True)
class GetUser:
    """What others see of a user."""

    id: str


@bus.query(GetUser, route="GET /users/{id}")
def get_user(query: GetUser) -> Any:
    """From the cache, nearly always."""
    return profiles.profile(query.id)


@dataclass(frozen=True)
class PostsOf:
    """A user's posts, the latest first."""

    id: str
    limit: Limit = 20
    after: str | None = None


@bus.query(PostsOf, route="GET /users/{id}/posts")
def posts_of(query: PostsOf) -> dict[str, Any]:
    """One page, and the token of the next."""
    return _page(entities.posts_of_author(author=query.id, limit=query.limit, after=query.after))


@dataclass(frozen=True)
class Feed:
    """Everybody's posts of a month, the latest first."""

    month: Annotated[str, Matches(r"\d{4}-\d{2}", "is no month, as in 2026-01")]
    limit: Limit = 20
    after: str | None = None


@bus.query(Feed, route="GET /feed/{month}")
def feed(query: Feed) -> dict[str, Any]:
    """One page, and the token of the next."""
    return _page(entities.feed(month=query.month, limit=query.limit, after=query.after))


@dataclass(frozen=True)
class GetPost:
    """One post."""

    id: str


@bus.query(GetPost, route="GET /posts/{id}")
def get_post(query: GetPost) -> Post:
    """With its version, which a change has to name."""
    return table.require(Post, id=query.id)


@dataclass(frozen=True)
class MyUploads:
    """What the caller has sent."""

    owner: str
    limit: Limit = 20
    after: str | None = None


def asking(call: Call) -> str:
    """The id of whoever asks."""
    return caller(call.event).id


@bus.query(MyUploads, route="GET /uploads", inject={"owner": asking})
def my_uploads(query: MyUploads) -> dict[str, Any]:
    """One page, and the token of the next."""
    return _page(entities.uploads_of_owner(owner=query.owner, limit=query.limit, after=query.after))


@dataclass(frozen=True)
class GetUpload:
    """An upload, and what became of it."""

    owner: str
    id: str


@bus.query(GetUpload, route="GET /uploads/{id}", inject={"owner": asking})
def get_upload(query: GetUpload) -> dict[str, Any]:
    """With the pipeline's own record of it."""
    upload = _own(query.id, query.owner)
    return {"upload": upload, "progress": uploads.progress_of(upload)}


@dataclass(frozen=True)
class RowsOf:
    """The lines of a table that was uploaded."""

    owner: str
    id: str
    limit: Limit = 100
    after: str | None = None


@bus.query(RowsOf, route="GET /uploads/{id}/rows", inject={"owner": asking})
def rows_of(query: RowsOf) -> dict[str, Any]:
    """One page, and the token of the next."""
    upload = _own(query.id, query.owner)
    return _page(entities.rows_of_upload(upload=upload.id, limit=query.limit, after=query.after))


@dataclass(frozen=True)
class CountsOf:
    """How often each kind of thing happened on a day."""

    day: date


@bus.query(CountsOf, route="GET /counts/{day}")
def counts_of(query: CountsOf) -> dict[str, int]:
    """Admins alone come here."""
    return {count.type: count.count for count in entities.counts_of_day.all(day=query.day.isoformat())}


def _own(upload_id: str, owner: str) -> Upload:
    upload = table.require(Upload, id=upload_id)
    if upload.owner != owner:
        raise Forbidden(f"the upload {upload_id} is somebody else's")
    return upload


def _page(page: Page[Any]) -> dict[str, Any]:
    return {"items": page.items, "next": page.next}


handler = observed(bus.handler)
