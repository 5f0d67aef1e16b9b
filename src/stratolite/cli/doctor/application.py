"""What can be told of an application without running it: all that is wrong in its files, and all that it lacks."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli import found
from stratolite.cli.application import diagnosed
from stratolite.cli.doctor.finding import Finding, State, of_error, of_warning
from stratolite.cli.options import Choices
from stratolite.cli.placing import place_of
from stratolite.cli.skipping import TODO
from stratolite.cli.template import loaded
from stratolite.core.call import ACCOUNT_DEFAULT, Call
from stratolite.core.warning import Warning
from stratolite.engine.interpreters import Interpreters
from stratolite.server.config import cache as user_cache
from stratolite.templates import unsupported
from stratolite.templates.artefacts import Artefact
from stratolite.templates.serverless.plugins.plugin import Kind

if TYPE_CHECKING:
    from stratolite.templates.serverless.diagnosis import Diagnosis
    from stratolite.templates.serverless.survey import Survey

FUNCTION = "AWS::Lambda::Function"


@dataclass
class Examined:
    """An application as far as it is known. ``template`` is what could be compiled of it, empty where nothing could."""

    file: Path
    service: str = ""
    stage: str = ""
    region: str = ""
    stack_name: str = ""
    survey: "Survey | None" = None
    template: Mapping[str, Any] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    """Where resources are written, by logical id."""
    app_port: int | None = None
    """Where the file wants its APIs; None where it does not say."""
    findings: list[Finding] = field(default_factory=list)

    @property
    def resources(self) -> Mapping[str, Any]:
        resources: Mapping[str, Any] = self.template.get("Resources", {})
        return resources

    def runtimes(self) -> dict[str, list[str]]:
        """The runtimes of functions, each with the logical ids of those that have it."""
        having: dict[str, list[str]] = {}
        for name, one in self.resources.items():
            runtime = one.get("Properties", {}).get("Runtime") if one.get("Type") == FUNCTION else None
            if isinstance(runtime, str):
                having.setdefault(runtime, []).append(name)
        return having

    def check_functions(self, shown: Mapping[str, str], known: Mapping[str, str]) -> set[str]:
        """Find what runs each runtime, and the functions that nothing runs; gives the latter.

        ``shown``: names for people; ``known``: functions that cannot run for other reasons, with those.
        """
        interpreters = Interpreters()
        refused = {**unsupported.find(self.resources, interpreters), **known}
        self.findings += [
            Finding(
                "functions",
                State.STOPS,
                f"{shown.get(name, name)} cannot run here: {reason}",
                self.places.get(name, ""),
                TODO,
            )
            for name, reason in refused.items()
        ]
        for runtime, functions in self.runtimes().items():
            if set(functions) <= set(refused):
                continue
            resolution = interpreters.resolve(runtime)
            if resolution.warning:
                self.findings.append(Finding("interpreters", State.NOTE, resolution.warning.removesuffix(".")))
            else:
                version = ".".join(map(str, resolution.version))
                by = "the function's own bootstrap" if resolution.language == "custom" else str(resolution.program)
                what = f"{runtime}: {version} ({by})" if version else f"{runtime}: {by}"
                self.findings.append(Finding("interpreters", State.GOOD, what))
        return set(refused)

    def check_resources(self, given: Mapping[str, str], left_out: Container[str] = ()) -> None:
        """Find how many resources there are, those without effect, and those that would be refused.

        ``given``: values of parameters; ``left_out``: resources that are not judged.
        """
        from stratolite.server.registry import Registry
        from stratolite.services.cloudformation.checks import refusals, unknown_types
        from stratolite.services.cloudformation.idle import spared
        from stratolite.services.cloudformation.stand_ins import LOOKS, without_effect
        from stratolite.templates.skipped_resources import skip

        self.findings.append(Finding("resources", State.GOOD, f"{len(self.resources)}"))
        inert = without_effect(self.resources)
        for reason in dict.fromkeys(LOOKS[kind].reason for kind in inert.values()):
            names = [name for name, kind in inert.items() if LOOKS[kind].reason == reason]
            self.findings.append(Finding("resources", State.NOTE, f"no local effect: {', '.join(names)} ({reason})"))
        template, told = spared(self.template)
        self.findings += [Finding("resources", State.NOTE, one) for one in told]
        find = Registry().resource_type
        unmade = {one.logical_id: one.what for one in unknown_types(template, find)}
        self.findings += [
            Finding("resources", State.STOPS, what, self.places.get(name, ""), TODO) for name, what in unmade.items()
        ]
        call = Call(account=ACCOUNT_DEFAULT, region=self.region)
        refused = refusals(call, self.stack_name, skip(template, unmade), given, find)
        self.findings += [
            Finding("resources", State.STOPS, one.what, self._place(one.logical_id, one.what))
            for one in refused
            if one.logical_id not in left_out
        ]

    def _place(self, logical_id: str, what: str) -> str:
        return self.places.get(logical_id) or place_of(what, self.resources, self.places)

    def check_supplied(self, artefacts: Mapping[str, Artefact]) -> None:
        """Find which SDKs of AWS functions import and do not bring, and whether they are there."""
        from stratolite.templates.supplied import filling, needs

        found = needs.find(self.template, artefacts)
        cache = user_cache()
        missing = filling.missing(cache, {need.package for need in found})
        for version, name in filling.NAMES.items():
            packages = {need.package for need in found} & (missing.get(version) or frozenset())
            functions = sorted({need.function for need in found if need.package in packages})
            if packages:
                what = f"{', '.join(functions)} import {name} from the runtime, and it is not here yet"
                todo = f"'stratolite up' fetches it once, about {filling.ABOUT_MB[version]} MB, into {cache}."
                self.findings.append(Finding("dependencies", State.NOTE, what, todo=todo))
        if found and not missing:
            self.findings.append(
                Finding("dependencies", State.GOOD, f"the AWS SDK that functions import is in {cache}")
            )


def examine(file: Path, kind: str, choices: Choices) -> Examined:
    """All about an application's files. Raises UserError for a file that cannot be read."""
    return _serverless(file, choices) if kind == "serverless" else _cloudformation(file, choices)


def _serverless(file: Path, choices: Choices) -> Examined:
    diagnosis = diagnosed(file, choices)
    survey, resolved, compiled = diagnosis.survey, diagnosis.resolved, diagnosis.compiled
    examined = Examined(file, survey.service, survey=survey)
    examined.findings = [
        Finding("framework", State.GOOD, found.framework(survey, file.name)),
        Finding("functions", State.GOOD, found.counted(survey.runtimes)),
        Finding("events", State.GOOD, found.counted(survey.events)),
        *_plugins(diagnosis),
    ]
    examined.findings += [of_error(mistake.about, mistake.error) for mistake in diagnosis.mistakes]
    examined.findings += [
        Finding("dependencies", State.NOTE, one.reason, _shown(one.folder), f"'stratolite up' runs: {one.shown}")
        for one in diagnosis.missing
    ]
    if resolved is not None:
        examined.stage, examined.region = resolved.stage, resolved.region
    if compiled is None:
        examined.findings += _warnings(resolved.warnings if resolved else (), diagnosis)
        return examined
    kept = {name: one for name, one in compiled.template["Resources"].items() if name not in compiled.aws_only}
    examined.template, examined.places = {**compiled.template, "Resources": kept}, compiled.places
    examined.stack_name = compiled.stack_name
    examined.findings += _warnings((*compiled.warnings, *compiled.local_warnings), diagnosis)
    examined.findings += [
        Finding("resources", State.NOTE, f"{one.arn} is named and not made here: an empty stand-in will be")
        for one in compiled.externals
    ]
    shown = {one.logical_id: one.key for one in compiled.functions}
    left_out = examined.check_functions(shown, compiled.unsupported) | diagnosis.stubs
    # What is to be installed may bring an SDK.
    if not diagnosis.missing:
        examined.check_supplied({one.key: one for one in compiled.artefacts})
    examined.app_port = compiled.local.app_port
    examined.check_resources({}, left_out)
    return examined


def _shown(folder: Path) -> str:
    """A folder as seen from here."""
    here = Path.cwd()
    return str(folder.relative_to(here)) if here in (folder, *folder.parents) else str(folder)


def _plugins(diagnosis: "Diagnosis") -> list[Finding]:
    told = {mistake.error.where for mistake in diagnosis.mistakes}
    return [
        Finding("plugins", State.GOOD, found.plugin(one))
        if one.row is not None and one.row.kind in (Kind.NATIVE, Kind.NEEDLESS)
        else Finding("plugins", State.LACKS, found.plugin(one), one.at)
        for one in diagnosis.survey.plugins
        if one.at not in told
    ]


def _warnings(warnings: Sequence[Warning], diagnosis: "Diagnosis") -> list[Finding]:
    """Warnings of the compiler's, but for those about what is told already."""
    told = {mistake.error.where for mistake in diagnosis.mistakes} | {one.at for one in diagnosis.survey.plugins}
    return [of_warning(one) for one in dict.fromkeys(warnings) if not one.where or one.where not in told]


def _cloudformation(file: Path, choices: Choices) -> Examined:
    application = loaded(file, choices)
    examined = Examined(file, application.service, application.stage, application.region, application.stack_name)
    examined.template, examined.places = application.template, application.places
    examined.findings = [Finding("framework", State.GOOD, f"{file.name}, {found.kind_of(file)}")]
    examined.findings += [of_warning(one) for one in application.warnings]
    runtimes = examined.runtimes()
    if runtimes:
        counts = Counter({runtime: len(functions) for runtime, functions in runtimes.items()})
        examined.findings.append(Finding("functions", State.GOOD, found.counted(dict(counts.most_common()))))
    examined.check_resources(dict(choices.params), examined.check_functions({}, {}))
    return examined
