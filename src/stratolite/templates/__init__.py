"""Front ends: what a file says becomes one CloudFormation template, and what has to be uploaded with it.

``serverless`` compiles ``serverless.yml``, ``cloudformation`` reads plain templates; ``document`` reads YAML and JSON
with positions, ``artefacts`` makes zips. Nothing is deployed here, and importing this package imports none of them.
"""

from pathlib import Path
from typing import Any, Literal

from stratolite.core.errors import UserError

FrontEnd = Literal["serverless", "sam", "cloudformation"]

PROGRAMS = (".js", ".cjs", ".mjs", ".ts", ".cts", ".mts")
"""A file that is none of YAML and JSON exports a service of the Serverless Framework: no template is a program."""
SAM_TRANSFORM = "AWS::Serverless-2016-10-31"


def front_end(file: Path) -> FrontEnd:
    """Which front end reads a file: by its name (``serverless.yml``, ``serverless.dev.yml``), else by what it says.

    Raises UserError with file, line and column where the file cannot be read or is none of them.
    """
    if file.name.startswith("serverless.") or file.suffix in PROGRAMS:
        return "serverless"
    from stratolite.templates.document import Map, read_document

    document = read_document(file)
    if not isinstance(document, Map):
        raise UserError(
            "the file is empty" if document is None else "the file is not a mapping of names to settings",
            where=f"{file}:1:1",
            todo="Name a serverless.yml or a CloudFormation template.",
        )
    if SAM_TRANSFORM in _transforms(document):
        return "sam"
    if "Resources" in document or "AWSTemplateFormatVersion" in document:
        return "cloudformation"
    if "service" in document and "provider" in document:
        return "serverless"
    raise UserError(
        "the file is neither a service of the Serverless Framework nor a CloudFormation template",
        where=f"{file}:1:1",
        todo="A service has 'service' and 'provider', a template has 'Resources'.",
    )


def _transforms(document: dict[str, Any]) -> list[Any]:
    value = document.get("Transform")
    return value if isinstance(value, list) else [value]
