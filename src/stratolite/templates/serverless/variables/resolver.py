"""A whole configuration, ready to be compiled: variables resolved, lists of parts merged, shape checked."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stratolite.core.errors import Mistakes, UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import Map, mark_of
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import plugins, schema
from stratolite.templates.serverless.framework_version import is_older
from stratolite.templates.serverless.function_names import shorten_names
from stratolite.templates.serverless.merging import merge_parts
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.older_settings import OTHER_VERSIONS, modernise
from stratolite.templates.serverless.plugins.configuration import Configuration
from stratolite.templates.serverless.service_file import name_service, read_service_file
from stratolite.templates.serverless.variables import dotenv
from stratolite.templates.serverless.variables.guess import guess
from stratolite.templates.serverless.variables.lenient import Lenient, for_programs
from stratolite.templates.serverless.variables.scripts import Scripts
from stratolite.templates.serverless.variables.sources import REGION_DEFAULT, STAGE_DEFAULT, Sources, given
from stratolite.templates.serverless.variables.syntax import take_syntax
from stratolite.templates.serverless.variables.tree import Fault, Tree
from stratolite.templates.supplied.esbuild import fetched


@dataclass(frozen=True)
class Resolved:
    """A configuration without variables. ``document`` keeps the position of everything.

    Values in it are of the types that the schema names (``timeout: "10"`` is a number, ``Action: s3:*`` a list), since
    the Serverless Framework compiles what its schema has coerced. ``functions`` and ``resources`` are maps, even where
    the file writes lists of parts, and ``provider`` is one where it writes a name. ``stage`` and ``region`` are the
    effective ones; ``warnings`` include those about unknown settings and plugins; ``sources`` is every file that was
    read, for watching.
    """

    document: Map
    file: Path
    folder: Path
    stage: str
    region: str
    warnings: tuple[Warning, ...]
    sources: tuple[Path, ...]


def resolve(file: Path, options: Options) -> Resolved:
    """Read, resolve, merge and check a file. Raises UserError with file, line and column of all that is wrong."""
    with _scripts(file, options) as scripts:
        document = _read(file, scripts, options)
        rewrite, unknown_syntax = take_syntax(document)
        sources = Sources(file.parent, options, options.env, scripts)
        lenient = Lenient(sources, file.parent, options, document) if options.is_lenient else None
        if lenient:
            scripts.stand_in = for_programs(file.parent, options, document)
            lenient.adopt(document, scripts.given)
        tree = Tree(document, lenient or sources, rewrite)
        _load_dotenv(tree, sources, scripts, file.parent, options)
        faults = tree.resolve() or (lenient.settle(document) if lenient else [])
        if faults:
            raise _refusal(faults, file)
    merge_parts(document)
    is_older_file = is_older(document.get("frameworkVersion"))
    # Older versions gave both a value, as is done here.
    told = [name_service(document), unknown_syntax, None if is_older_file else sources.unset_warning()]
    if options.is_lenient or is_older_file:
        told += modernise(document)
    _check_service(document)
    warnings = [*sources.warnings, *(each for each in told if each), *_stood_in(scripts)]
    warnings += lenient.warnings() if lenient else ()
    warnings += plugins.check(document, file.parent, options)
    configuration = Configuration(document, file.parent, sources.environment, options)
    plugins.apply(configuration)
    warnings += configuration.warnings
    read = [file, *sources.read, *configuration.read]
    known = {each.resolve() for each in read}
    read += [each for each in scripts.read if each not in known]
    others = OTHER_VERSIONS if options.is_lenient else frozenset()
    warnings += schema.check(document, plugins.settings(document) | others)
    stage = options.stage or _setting(document["provider"], "stage") or STAGE_DEFAULT
    warnings += shorten_names(document, stage) if options.is_lenient else ()
    return Resolved(
        document=document,
        file=file,
        folder=file.parent,
        stage=stage,
        region=options.region or _setting(document["provider"], "region") or REGION_DEFAULT,
        warnings=tuple(warnings),
        sources=tuple(dict.fromkeys(read)),
    )


def _scripts(file: Path, options: Options) -> Scripts:
    scripts = Scripts(file.parent.resolve(), given(options), options.env, options.cache and fetched(options.cache))
    if options.is_lenient:
        scripts.stand_in = for_programs(file.parent, options)
    return scripts


def _stood_in(scripts: Scripts) -> Iterator[Warning]:
    what = "these variables of the environment are not set, and it fails without them, stand-ins are taken: "
    for file, names in scripts.stood_in.items():
        yield Warning(what + ", ".join(names), str(file), Kind.ABSENT, "variables")


def look_up(file: Path, options: Options, keys: list[str]) -> Any:
    """One setting of a file, before the rest of it can be resolved; None where it is not there, or not yet known."""
    with _scripts(file, options) as scripts:
        document = _read(file, scripts, options)
        tree = Tree(document, Sources(file.parent, options, options.env, scripts), take_syntax(document)[0])
        try:
            return tree.look_up(keys, document.at)
        except Fault:
            return None


def _setting(provider: Map, name: str) -> str:
    """A setting of the provider that has to be a text; empty where there is none."""
    value = provider.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise UserError(
        f"provider.{name} is {value!r}, not a text",
        where=str(provider.marks[name]),
        todo=f"Write a name: '{name}: {STAGE_DEFAULT if name == 'stage' else REGION_DEFAULT}'.",
    )


def _read(file: Path, scripts: Scripts, options: Options) -> Map:
    """The file as it is written; scripts know it from here on."""
    document = read_service_file(file, scripts)
    provider = document.get("provider")
    if isinstance(provider, Map):
        defaults = {"stage": STAGE_DEFAULT, "region": REGION_DEFAULT}
        settings = {name: guess(document, name) or default for name, default in defaults.items()}
        given_ = {name: value for name, value in (("stage", options.stage), ("region", options.region)) if value}
        scripts.service = {**document, "provider": {**provider, **settings, **given_}}
    return document


def _load_dotenv(tree: Tree, sources: Sources, scripts: Scripts, folder: Path, options: Options) -> None:
    """Add ``.env`` to the environment where the file asks for it. Raises UserError where the order cannot be told."""
    document = tree.document
    if "useDotenv" not in document:
        return
    mark = mark_of(document, "useDotenv")
    try:
        if not truthy(tree.look_up(["useDotenv"], mark)):
            return
        stage = sources.stage(tree, mark)
    except Fault:
        # The tree keeps it, and tells it with all the others.
        return
    environment, file = dotenv.load(folder, stage, options.env)
    if file is None:
        return
    needed = next((name for name in sorted(sources.lacking) if name in environment), None)
    if needed is not None:
        raise UserError(
            f'Cannot reliably resolve "env" variables: {needed} decides which {file.name} is read, and is set in it',
            where=str(mark_of(document.get("provider"), "stage")),
            todo=f"Set {needed} in the environment, or write the stage without it.",
        )
    sources.environment = environment
    scripts.environment = environment
    sources.read.append(file)


def _refusal(faults: list[Fault], file: Path) -> UserError:
    errors = [UserError(fault.what, where=str(fault.mark), todo=fault.todo) for fault in faults]
    return errors[0] if len(errors) == 1 else Mistakes("Variables resolution errored with", errors, where=str(file))


def _check_service(document: Map) -> None:
    """What no file can do without, whatever ``configValidationMode`` says."""
    service = document.get("service")
    if isinstance(service, Map):
        raise UserError(
            'Object notation for "service" property is not supported',
            where=str(document.marks["service"]),
            todo='Set "service" property directly with service name.',
        )
    if not truthy(service) and isinstance(document.get("component"), str):
        raise UserError(
            f"the file is one of Serverless Components ({document['component']}), which make what it names by programs",
            where=str(document.marks.get("component", document.at)),
            todo="Stratolite runs services of the Serverless Framework, SAM and CloudFormation.",
        )
    if not truthy(service):
        raise UserError(
            '"service" property is missing',
            where=str(document.marks.get("service", document.at)),
            todo="Name the service: 'service: users'.",
        )
    provider = document.get("provider")
    where = str(document.marks.get("provider", document.at))
    if not isinstance(provider, Map) or not isinstance(provider.get("name"), str):
        what = "provider" if not truthy(provider) else "provider.name"
        raise UserError(f'"{what}" property is missing', where=where, todo="Write 'provider: {name: aws}'.")
    if provider["name"] != "aws":
        raise UserError(
            f"the provider {provider['name']!r} is not run here",
            where=str(provider.marks["name"]),
            todo="Stratolite runs services of the provider aws.",
        )
