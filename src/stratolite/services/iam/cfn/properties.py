"""Values of properties, and operations on what may be gone."""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import AwsError
from stratolite.core.ports import Work


def text(document: Any) -> str:
    """A policy document as the API has it."""
    return document if isinstance(document, str) else json.dumps(document)


def gone(work: Work, operation: str, request: Mapping[str, Any]) -> None:
    """Run an operation on what may be gone already."""
    try:
        work.operate(operation, request)
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
