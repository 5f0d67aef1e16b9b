"""Templates whose code lies beside them: AWS SAM's, and CloudFormation's that name folders as ``package`` takes them.

    local_files   which properties name files of this machine, and definitions that are read into the template
    code          what the folder of a function or a layer becomes as a zip: its files, and packages that it asks for
    bundling      functions that esbuild builds (``Metadata.BuildMethod``)
    configuration values of parameters in ``samconfig.toml``

What ``sam build`` and ``sam package`` do is done in memory, then the transform as CloudFormation runs it: what comes
out is one plain template. Nothing is deployed here.

Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-building.html
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stratolite.core.arn import partition_of
from stratolite.core.errors import AwsError, UserError
from stratolite.core.warning import Warning
from stratolite.templates import front_end
from stratolite.templates.artefacts import Artefact
from stratolite.templates.cloudformation import read
from stratolite.templates.dependencies import python
from stratolite.templates.document import Map, copied
from stratolite.templates.sam.code import Builder, Building, Code
from stratolite.templates.sam.local_files import coded, stacks, with_definitions, without_bootstrap

URL_SUFFIX = "amazonaws.com"
_NAMED = re.compile(r"(?:Resource with id \[|\(resource )(\w+)")
DEPTH_MAX = 5
"""So deep are templates nested at most."""


@dataclass(frozen=True)
class Wanted:
    """For what a template is packaged. ``prefix``: where artefacts lie in the bucket, as ``shop/dev``."""

    parameters: Mapping[str, str]
    region: str
    account: str
    stack_name: str
    bucket: str
    prefix: str
    building: Building


@dataclass(frozen=True)
class Packaged:
    """A plain template, and what it takes with it. ``sources``: all files that were read, but those of code.

    ``used``: where the packages of Python are that its code has.
    """

    template: dict[str, Any]
    artefacts: tuple[Artefact, ...]
    warnings: tuple[Warning, ...]
    sources: tuple[Path, ...]
    used: frozenset[Path]


def package(file: Path, document: dict[str, Any], wanted: Wanted, *, expands: bool, depth: int = 0) -> Packaged:
    """Package what a template names; apply its transforms where it ``expands``. Raises UserError with what is wrong."""
    sources: list[Path] = []
    template = without_bootstrap(with_definitions(copied(document), file, sources))
    builder = Builder(file.parent, wanted.building)
    artefacts: dict[str, Artefact] = {}
    for found in coded(template, file):
        artefact = _placed(builder.artefact(found), wanted)
        artefacts[artefact.key] = artefact
        found.put(wanted.bucket, artefact.key)
    warnings = builder.warnings
    for nested in stacks(template, file):
        if depth == DEPTH_MAX:
            raise UserError(f"templates are nested more than {DEPTH_MAX} levels deep", where=nested.where)
        # What they are given is known when the stack is made.
        theirs = replace(wanted, parameters={})
        inner = package(
            nested.path, read(nested.path), theirs, expands=front_end(nested.path) == "sam", depth=depth + 1
        )
        body = json.dumps(inner.template).encode()
        artefact = _placed(Code(f"{nested.name}.template.json", body=body), wanted)
        artefacts |= {one.key: one for one in (*inner.artefacts, artefact)}
        nested.put(f"https://s3.amazonaws.com/{wanted.bucket}/{artefact.key}")
        warnings += inner.warnings
        builder.used |= inner.used
        sources += [nested.path, *inner.sources]
    sources += builder.sources
    if depth == 0:
        python.tidy(file.parent, builder.used)
    plain = _transformed(file, template, wanted) if expands else dict(template)
    return Packaged(plain, tuple(artefacts.values()), tuple(warnings), tuple(sources), frozenset(builder.used))


def _placed(code: Code, wanted: Wanted) -> Artefact:
    """An artefact under a key that names its content."""
    made = Artefact(code.name, "", code.entries, code.ready, (code.name,), code.body)
    key = f"sam/{wanted.prefix}/{made.digest().hex()}/{code.name}"
    return replace(made, key=key)


def _transformed(file: Path, template: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    from stratolite.services.cloudformation import serverless, transforms

    declared = template.get("Parameters") or {}
    values = {
        name: wanted.parameters.get(name, one.get("Default"))
        for name, one in declared.items()
        if isinstance(one, Mapping) and not str(one.get("Type", "")).startswith("AWS::SSM")
    }
    pseudo = {
        "AWS::AccountId": wanted.account,
        "AWS::Region": wanted.region,
        "AWS::Partition": partition_of(wanted.region),
        "AWS::StackName": wanted.stack_name,
        "AWS::URLSuffix": URL_SUFFIX,
    }

    def fetch(location: str) -> str:
        raise UserError(
            f"{location} is not on this machine", where=str(file), todo="Include a file beside the template."
        )

    known = {name: value for name, value in values.items() if value is not None}
    try:
        if transforms.SERVERLESS in transforms.declared(template):
            serverless.load()
        return transforms.processed(template, known, pseudo, fetch) or dict(template)
    except AwsError as error:
        raise UserError(error.message, where=_place(error.message, template) or str(file)) from error


def _place(said: str, template: Mapping[str, Any]) -> str:
    """Where the resource is written that an error names; empty where it names none."""
    found = _NAMED.search(said)
    resources = template["Resources"]
    mark = resources.marks.get(found[1]) if found is not None and isinstance(resources, Map) else None
    return "" if mark is None else str(mark)
