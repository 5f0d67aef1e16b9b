"""Plain CloudFormation templates, in YAML or JSON, with short-form tags written out.

What a template means is CloudFormation's own business: this reads it, and says where it cannot be read.
Follows https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import Map, read_document


def read(file: Path) -> dict[str, Any]:
    """The template in a file, as plain values. Raises UserError with file, line and column."""
    document = read_document(file)
    if not isinstance(document, Map):
        raise UserError(
            "the template is empty" if document is None else "a template is a mapping, not a list or a text",
            where=f"{file}:1:1",
            todo="Begin with 'Resources:'.",
        )
    if not isinstance(document.get("Resources"), Map):
        raise UserError(
            "a template has a mapping of 'Resources'",
            where=str(document.marks.get("Resources", document.at)),
            todo="Name at least one resource with its Type.",
        )
    return dict(document)
