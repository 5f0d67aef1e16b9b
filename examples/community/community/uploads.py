"""Uploads: where a file goes, the form by which it gets there, and how far it has come."""

import os
import re
from functools import cache
from typing import Any

from stratolite_patterns.connections import aws
from stratolite_patterns.pipeline import ObjectRef, Progress

from community.entities import Kind, Upload, table

FOLDERS = {Kind.IMAGE: "in/images/", Kind.TABLE: "in/tables/"}
BYTES_MAX = 20 * 1024 * 1024
FORM_S = 600
_UNUSUAL = re.compile(r"[^\w .-]+")

s3 = aws("s3")


@cache
def progress() -> Progress:
    """What the pipeline records of each object."""
    return Progress(os.environ["PROGRESS"])


def key_of(kind: Kind, upload_id: str, name: str) -> str:
    """The key of a file: what its owner calls it comes last, and cannot lead elsewhere."""
    return f"{FOLDERS[kind]}{upload_id}/{_UNUSUAL.sub('_', name).lstrip('.') or 'file'}"


def id_of(ref: ObjectRef) -> str:
    """The upload of an object."""
    return ref.key.split("/")[2]


def form(upload: Upload) -> dict[str, Any]:
    """What a browser posts to the bucket: the file under its key, no larger than it may be."""
    conditions = [["content-length-range", 1, BYTES_MAX]]
    return dict(s3().generate_presigned_post(os.environ["UPLOADS"], upload.key, None, conditions, FORM_S))


def progress_of(upload: Upload) -> dict[str, Any] | None:
    """The steps that its file has been through; None while it has not arrived."""
    return progress().read(os.environ["UPLOADS"], upload.key)


def arrived(ref: ObjectRef) -> Upload:
    """The upload of an object. It has arrived, so it is kept."""
    upload = table.require(Upload, id=id_of(ref))
    return upload if upload.gone is None else table.update(upload, gone=None)
