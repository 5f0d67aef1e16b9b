"""The passes, in order: from a resolved file to everything that a target needs."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.templates.document import Map, copied
from stratolite.templates.serverless import naming, plugins
from stratolite.templates.serverless.agents import check_agents
from stratolite.templates.serverless.bucket import DESCRIPTION, VERSION, make_bucket
from stratolite.templates.serverless.bucket_names import settle_bucket_names, settle_deployment_bucket
from stratolite.templates.serverless.compilation import Compilation, key_prefix
from stratolite.templates.serverless.deployment import read_deployment
from stratolite.templates.serverless.distribution.edges import prepare_functions
from stratolite.templates.serverless.events import make_events
from stratolite.templates.serverless.externals import find_externals
from stratolite.templates.serverless.framework_version import MAJOR, allows
from stratolite.templates.serverless.function_roles import make_function_roles
from stratolite.templates.serverless.functions import make_functions
from stratolite.templates.serverless.iam import make_role
from stratolite.templates.serverless.imports import settle_imports
from stratolite.templates.serverless.installations import Installations, install_for_variables
from stratolite.templates.serverless.kinds import SERVICE, check_kind
from stratolite.templates.serverless.layers import make_layers
from stratolite.templates.serverless.logs import make_log_groups
from stratolite.templates.serverless.model import Compiled, CompiledFunction, Options
from stratolite.templates.serverless.older_buckets import settle_older_buckets
from stratolite.templates.serverless.package import NOT_PACKED, Packaging, packaging
from stratolite.templates.serverless.placeholders import settle_placeholders
from stratolite.templates.serverless.plugins import afterwards
from stratolite.templates.serverless.plugins.finishing import finish
from stratolite.templates.serverless.plugins.pseudo_parameters import substitute
from stratolite.templates.serverless.plugins.service_proxies import make_proxies
from stratolite.templates.serverless.policy_resources import settle_policy_resources
from stratolite.templates.serverless.policy_versions import settle_versions
from stratolite.templates.serverless.resources import add_resources, strip_nulls
from stratolite.templates.serverless.service import read_service, runtime_of
from stratolite.templates.serverless.shared_apis import make_apis_its_own, settle_shared_apis
from stratolite.templates.serverless.survey import survey
from stratolite.templates.serverless.unmade import settle_unmade
from stratolite.templates.serverless.variables.resolver import Resolved, resolve


def compile_file(file: Path, options: Options) -> Compiled:
    """Resolve, check, package and compile one file."""
    resolved = _resolved(file, options)
    needed = Installations(resolved, options)
    if not options.is_dry:
        if needed.acts:
            # What is wrong in the file is told before minutes of installation.
            # In a copy, since passes that settle something change what they find.
            draft = replace(resolved, document=copied(resolved.document))
            compile_resolved(draft, replace(options, is_dry=True))
            options.found(resolved)
        needed.install_packages_of_node()
    try:
        return compile_resolved(resolved, options, needed)
    except UserError as error:
        needed.explain(error)
        raise


def _resolved(file: Path, options: Options) -> Resolved:
    """The resolved file; what its JavaScript files require is installed when they ask for it."""
    try:
        return resolve(file, options)
    except UserError as error:
        warnings = install_for_variables(file, options, str(error))
        if warnings is None:
            raise
    resolved = resolve(file, options)
    return replace(resolved, warnings=(*resolved.warnings, *warnings))


def compile_resolved(resolved: Resolved, options: Options, needed: Installations | None = None) -> Compiled:
    """Check, package and compile what a file says. Raises UserError at the first mistake."""
    needed = needed or Installations(resolved, options)
    check_kind(resolved.document, SERVICE, resolved.document.at, "")
    service = read_service(resolved)
    stamp_ms = options.clock.now_ms()
    work = Compilation(
        service,
        _packaged(resolved, key_prefix(service, stamp_ms), options, needed),
        stamp_ms,
        options.account,
        options.is_lenient,
        warnings=[*resolved.warnings],
    )
    work.warnings += [*work.packaging.warnings, *needed.warnings]
    shared = _settle_service(work, options)
    service = work.service
    make_bucket(work)
    if service.functions:
        make_log_groups(work)
        make_role(work)
    _make_functions(work)
    _make_routes(work)
    make_function_roles(work)
    template = _template(work, resolved.document.get("resources"))
    settle_shared_apis(work, template, shared)
    settle_imports(work, template, options.ask)
    deployment = read_deployment(work)
    local = afterwards.read(work)
    externals = find_externals(work, template, deployment.notification_arns)
    artefacts = {one.key: one for one in (*work.packaging.functions.values(), *work.packaging.layers.values())}
    return Compiled(
        service=service.name,
        stage=service.stage,
        region=service.region,
        stack_name=service.stack_name,
        template=template,
        core_template=work.core_template,
        artefacts=(*(one for one in artefacts.values() if one is not NOT_PACKED), *work.artefacts),
        functions=tuple(
            CompiledFunction(
                key=function.key,
                name=function.name,
                logical_id=function.logical_id,
                handler=str(function.settings.get("handler") or ""),
                runtime=runtime_of(service.provider, function.settings),
                artefact=work.packaging.functions[function.key].name
                if function.key in work.packaging.functions
                else "",
                handler_path=work.packaging.handlers.get(function.key),
            )
            for function in service.functions.values()
        ),
        warnings=tuple(dict.fromkeys(work.warnings)),
        sources=tuple(dict.fromkeys((*resolved.sources, *needed.tidy(), *work.packaging.sources))),
        externals=externals,
        deployment=deployment,
        stamp=str(stamp_ms),
        places=_places(work, resolved.document.get("resources")),
        local=local,
        local_warnings=tuple(work.local_warnings),
        undone=plugins.undone(resolved.document),
        aws_artefacts=tuple(work.aws_artefacts),
        aws_runtimes=work.aws_runtimes,
        aws_only=work.aws_only,
        unmade_events=tuple(work.unmade_events),
        survey=survey(resolved.document),
        unsupported={service.functions[key].logical_id: why for key, why in work.packaging.unsupported.items()},
    )


def _make_functions(work: Compilation) -> None:
    """Layers, and the functions that use them."""
    make_layers(work)
    if not work.is_lenient:
        prepare_functions(work)
    make_functions(work)


def _make_routes(work: Compilation) -> None:
    """What events make, and what a plugin adds to their API."""
    make_events(work)
    make_proxies(work)


def _packaged(resolved: Resolved, prefix: str, options: Options, needed: Installations) -> Packaging:
    return packaging(
        resolved,
        prefix,
        options.tell,
        is_dry=options.is_dry,
        is_lenient=options.is_lenient,
        workshop=options.workshop,
        installations=needed,
        ask=options.ask,
    )


def _places(work: Compilation, resources: Any) -> dict[str, str]:
    """Where resources are written: the user's own by their ids, a function's by the function that they are named by."""
    # The longest name first: UsersAdminLambdaFunction is not of the function `users`.
    prefixes = {naming.normalized(one.key): str(one.at) for one in work.service.functions.values()}
    ordered = sorted(prefixes, key=len, reverse=True)
    places = {}
    for name in work.resources:
        owner = next((prefix for prefix in ordered if name.startswith(prefix)), None)
        if owner is not None:
            places[name] = prefixes[owner]
    own = resources.get("Resources") if isinstance(resources, Map) else None
    return places | ({name: str(mark) for name, mark in own.marks.items()} if isinstance(own, Map) else {})


def _settle_service(work: Compilation, options: Options) -> dict[str, Any]:
    """Tell of what is of other versions, and let the service do without what is not here; gives what APIs stand for."""
    _check_version(work)
    check_agents(work)
    settle_deployment_bucket(work)
    return make_apis_its_own(work, options.ask)


def _check_version(work: Compilation) -> None:
    """Warn of a file that is written for another major version than the one that is compiled here."""
    wanted = work.service.document.get("frameworkVersion")
    if not allows(wanted, MAJOR):
        what = (
            f"the file is written for version {wanted} of the Serverless Framework, and is compiled as version {MAJOR}"
        )
        work.warn(what, work.service.mark("frameworkVersion"))


def _template(work: Compilation, resources: Any) -> dict[str, Any]:
    template: dict[str, Any] = {
        "AWSTemplateFormatVersion": VERSION,
        "Description": DESCRIPTION,
        "Resources": work.resources,
        "Outputs": work.outputs,
    }
    add_resources(work, template, resources if isinstance(resources, Map) else None)
    finish(work, template["Resources"])
    substitute(work, template)
    settle_versions(work, template)
    settle_policy_resources(work, template)
    settle_placeholders(work, template)
    settle_bucket_names(work, template)
    settle_older_buckets(work, template)
    strip_nulls(template["Resources"])
    settle_unmade(work, template)
    return template
