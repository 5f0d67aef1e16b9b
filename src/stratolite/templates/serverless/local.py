"""What the plugins of a file say of running it on one machine: no part of the template, and nothing for AWS.

Each plugin that has such settings reads its own: ``plugins/``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stratolite.core.serving import Serving


@dataclass(frozen=True, slots=True)
class Seed:
    """Items that a table begins with. ``items`` are maps of attribute values, as BatchWriteItem takes them."""

    table: str
    items: tuple[Mapping[str, Any], ...]
    at: str = ""
    """Where the file says so."""


@dataclass(frozen=True, slots=True)
class SyncedFile:
    """A file that becomes an object. ``settings`` are members of PutObject: ContentType, CacheControl, Metadata..."""

    key: str
    path: Path
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BucketName:
    """A bucket by its name, or by what the stack says of it: the key of an output, or a logical id."""

    name: str = ""
    output: str = ""
    logical_id: str = ""

    def __str__(self) -> str:
        return self.name or self.output or self.logical_id


@dataclass(frozen=True, slots=True)
class SyncedFolder:
    """A folder whose files are kept in a bucket.

    ``deletes``: objects below the prefix that are no files go; ``makes_bucket``: a bucket that is not there is made.
    """

    bucket: BucketName
    prefix: str
    files: tuple[SyncedFile, ...]
    deletes: bool = False
    makes_bucket: bool = False
    tags: Mapping[str, str] | None = None
    """Tags of the bucket besides those that it has."""
    at: str = ""
    website: Mapping[str, Any] | None = None
    """What a bucket that is made is as a website, as ``PutBucketWebsite`` has it."""


@dataclass(frozen=True, slots=True)
class CustomDomain:
    """A name under which the stack's API answers. ``api``: its logical id, or its own id where it is no resource."""

    name: str
    base_path: str
    api: str
    stage: str
    is_websocket: bool = False


@dataclass(frozen=True, slots=True)
class LocalListener:
    """A port at which code of the application may look for an emulator of a service."""

    port: int
    service: str
    plugin: str
    """The one that would start it."""


@dataclass(frozen=True, slots=True)
class Local:
    """How the application is served on this machine; the defaults are what a file without such plugins means."""

    app_port: int | None = None
    """Where deployed APIs are wanted (``custom.serverless-offline.httpPort``); None where the file does not say."""
    listeners: tuple[LocalListener, ...] = ()
    """Where the AWS APIs are wanted besides their own port."""
    serving: Serving = field(default_factory=Serving)
    """How deployed APIs are served: prefix, other origins, authorizers (``custom.serverless-offline``)."""
    seeds: tuple[Seed, ...] = ()
    """What tables begin with, put there after the deployment."""
    folders: tuple[SyncedFolder, ...] = ()
    """What is uploaded into buckets after the deployment."""
    domains: tuple[CustomDomain, ...] = ()
    """Names under which deployed APIs answer, by the header Host."""
    sources: tuple[Path, ...] = ()
    """Files and folders that were read for these."""
