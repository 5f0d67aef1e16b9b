"""Sources for a machine that does not have everything: what nobody answers is taken from samples, or stood in for."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from stratolite.core.errors import UserError
from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import Map, copied, decoded, parse_json, read_bytes
from stratolite.templates.javascript import coerced
from stratolite.templates.serverless.framework_version import is_older
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins import is_named, offline_ssm
from stratolite.templates.serverless.variables.absent import Absent, meant_by
from stratolite.templates.serverless.variables.guess import guess
from stratolite.templates.serverless.variables.places import Home
from stratolite.templates.serverless.variables.samples import environment_of, sample_of
from stratolite.templates.serverless.variables.sources import REGION_DEFAULT, STAGE_DEFAULT, Sources, modernise
from stratolite.templates.serverless.variables.stand_in import StandIn
from stratolite.templates.serverless.variables.tree import Fault, Missing, Request, SourceError, Tree, member

_FROM_OUTSIDE = frozenset({"env", "opt", "param", "ssm", "cf", "s3", "output"})
"""Sources whose values are not in the repository."""
_IN_THE_REPOSITORY = frozenset({"self", "file"})
_JSON = (".json", ".tfstate")
_PROFILE = ("provider", "profile")


class Lenient:
    """Asks sources, and has an answer where they have none.

    ``self`` and ``file`` may name what is not there in files that do not say that they are for version 3 of the
    Serverless Framework: earlier ones warned of it. So they may in programs, which say nothing where they lack
    something, and everywhere where it depends on the stage.
    """

    def __init__(self, sources: Sources, folder: Path, options: Options, document: Map) -> None:
        self._sources = sources
        self._folder = folder
        home = _home(options, document)
        self._stage = home.stage
        self._absent = Absent(home)
        self._lenient = _FROM_OUTSIDE | (_IN_THE_REPOSITORY if _may_lack(document) else frozenset())
        self._from_samples: dict[Path, list[str]] = {}

    def __call__(self, tree: Tree, request: Request) -> Any:
        """The value that a request names. Raises Missing with a stand-in, SourceError, or Fault of another value."""
        try:
            value = self._from_plugin(tree, request)
            if value is None:
                value = self._sources(tree, request)
        except Missing as error:
            if error.instead is None:
                error.instead = self._instead(request)
            raise
        except SourceError as error:
            if request.name == "strToBool" and self._absent.is_one(str(request.params[0] if request.params else "")):
                return False
            if self._sources.knows(request.name):
                raise
            raise Missing(error.what, error.todo, self._named(request)) from error
        if isinstance(value, StandIn):
            raise Missing(f'Value not found at "{request.name}" source', instead=value.take)
        if value is not None or not self._is_lenient(request):
            return value
        raise Missing(f'Value not found at "{request.name}" source', instead=self._instead(request))

    def _is_lenient(self, request: Request) -> bool:
        if request.name in self._lenient or request.path == _PROFILE:
            return True
        # A table of stages has those of its authors.
        keys = (coerced(request.address) or "").split(".")
        return request.name in _IN_THE_REPOSITORY and self._stage in keys

    def _from_plugin(self, tree: Tree, request: Request) -> Any:
        """A parameter of Systems Manager that the file itself says, for a plugin that is there for that."""
        modernise(request)
        if request.name != "ssm" or not is_named(tree.document, offline_ssm.NAME):
            return None
        settings = tree.look_up(["custom", offline_ssm.NAME], request.mark)
        stage = self._sources.stage(tree, request.mark)
        return offline_ssm.parameter(settings, self._folder, stage, request.text())

    def adopt(self, document: Map, texts: Iterable[str]) -> None:
        """Know those texts of a program for stand-ins that it was given itself."""
        self._absent.adopt(document, frozenset(texts))

    def settle(self, document: Map) -> list[Fault]:
        """Put plain values in place of stand-ins; gives those that nothing can stand in for."""
        return self._absent.settle(document)

    def warnings(self) -> Iterator[Warning]:
        """What is to be told when all is resolved."""
        for file, names in self._from_samples.items():
            what = f"{', '.join(names)}: taken from {file}, as nothing else says it"
            yield Warning(what, kind=Kind.ABSENT, about="variables")
        yield from self._absent.warnings()

    def _instead(self, request: Request) -> Callable[[], Any]:
        if request.name == "env":
            return lambda: self._variable(request)
        if request.name == "file" and not self._file(request).exists():
            return lambda: self._sample(request)
        return self._named(request)

    def _named(self, request: Request) -> Callable[[], Any]:
        address = coerced(request.address) or ""
        if request.path == _PROFILE:
            # Nobody asks for credentials here.
            return lambda: self._absent.untold(request.name, address, request.mark)
        return lambda: self._absent.value(request.name, address, request.mark)

    def _variable(self, request: Request) -> Any:
        """A variable out of a ``.env`` that nothing reads, or out of its sample."""
        name = request.text()
        found = environment_of(self._folder, self._stage)
        if found is None or name not in found[0]:
            return self._named(request)()
        self._note(found[1], f"env:{name}")
        return found[0][name]

    def _file(self, request: Request) -> Path:
        return self._folder / Path(str(request.params[0])).expanduser()

    def _sample(self, request: Request) -> Any:
        """A value out of the sample of a file that is not there."""
        file, address = self._file(request), coerced(request.address) or None
        name = f"file({request.params[0]})"
        sample = sample_of(file, self._stage)
        value = None if sample is None else self._parsed(sample, file.suffix)
        for key in address.split(".") if address else ():
            value = member(value, key)
        if value is None or sample is None:
            return self._absent.file(str(request.params[0]), address, request.mark)
        self._note(sample, name)
        return copied(value)

    def _parsed(self, sample: Path, suffix: str) -> Any:
        """What a sample says, of the kind of the file that it is a sample of. Raises SourceError."""
        from stratolite.templates.yaml_reader import parse_yaml

        try:
            text = decoded(read_bytes(sample), str(sample))
            if suffix in _JSON:
                return parse_json(text, str(sample))
            return parse_yaml(text, str(sample), dates=True) if suffix in (".yml", ".yaml") else None
        except UserError as error:
            raise SourceError(str(error).partition("\n")[0], error.todo) from error

    def _note(self, sample: Path, name: str) -> None:
        names = self._from_samples.setdefault(sample, [])
        if name not in names:
            names.append(name)
        if sample not in self._sources.read:
            self._sources.read.append(sample)


def for_programs(folder: Path, options: Options, document: Map | None = None) -> Callable[[str], str]:
    """What variables of the environment are where a program asks for them in vain: what a sample says, or stand-ins."""
    home = _home(options, document)
    found = environment_of(folder, home.stage)
    return lambda name: (found[0].get(name) if found else None) or meant_by(name, home)


def _home(options: Options, document: Map | None) -> Home:
    region = options.region or (guess(document, "region") if document else "") or REGION_DEFAULT
    stage = options.stage or (guess(document, "stage") if document else "") or STAGE_DEFAULT
    return Home(region, stage, options.account)


def _may_lack(document: Map) -> bool:
    """Whether settings may name others that are not there: in files for older versions, and in programs.

    What a program says is undefined wherever it takes it from an environment that lacks it.
    """
    wanted = document.get("frameworkVersion")
    return wanted is None or is_older(wanted) or not document.at.line
