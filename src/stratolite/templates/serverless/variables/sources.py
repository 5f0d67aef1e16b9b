"""Where values of variables come from: ``self opt env file sls aws param strToBool ssm cf s3``.

Each source is one method. ``ssm``, ``cf`` and ``s3`` ask an account; without one, and for those that nobody answers
here (``output``), a variable without another source is refused by their name.
Follows https://www.serverless.com/framework/docs/providers/aws/guide/variables (version 3).
"""

import base64
import contextlib
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from stratolite.core.errors import AwsError, UserError
from stratolite.core.warning import Warning
from stratolite.templates.document import Map, Mark, copied, positioned, read_bytes, read_document
from stratolite.templates.javascript import coerced
from stratolite.templates.serverless.model import Options
from stratolite.templates.serverless.plugins import constructs, git_variables, is_named
from stratolite.templates.serverless.variables.scripts import Scripts
from stratolite.templates.serverless.variables.stand_in import StandIn, plain
from stratolite.templates.serverless.variables.tree import Fault, Missing, Request, SourceError, Tree, member
from stratolite.templates.serverless.warned import warned

STAGE_DEFAULT = "dev"
REGION_DEFAULT = "us-east-1"
FILES_MAX = 1_000

_TRUTHS = {"true": True, "1": True, "false": False, "0": False}
_SCRIPTS = (".js", ".cjs", ".mjs")
SECRETS = "/aws/reference/secretsmanager/"
"""How parameters are named that are secrets of Secrets Manager."""
UNKNOWN_CODES = frozenset(
    {"ParameterNotFound", "ParameterVersionNotFound", "ValidationError", "NoSuchKey", "NoSuchBucket"}
)
"""What services answer that do not know a parameter, a stack or an object."""
_SWITCHES = ("raw", "decrypt", "noDecrypt", "split")
"""Parameters of ``ssm`` that are no region."""
_OLDER_SWITCHES = {"~split": "split", "~true": "decrypt", "~false": "noDecrypt"}
_ELSEWHERE = {
    "ssm": "Systems Manager's parameters",
    "s3": "objects of S3",
    "cf": "outputs of CloudFormation's stacks",
    "output": "outputs of the Serverless Dashboard",
}


def given(options: Options) -> dict[str, Any]:
    """The command's options that were given, as ``${opt:}`` and JavaScript files see them."""
    values: dict[str, Any] = {"stage": options.stage, "region": options.region, **options.extra}
    if options.params:
        values["param"] = [f"{key}={value}" for key, value in options.params.items()]
    return {key: value for key, value in values.items() if value is not None}


class Sources:
    """Looks values up for one file. ``read`` lists the files that were read, ``warnings`` what the user should know."""

    def __init__(self, folder: Path, options: Options, environment: Mapping[str, str], scripts: Scripts) -> None:
        self.read: list[Path] = []
        self.warnings: list[Warning] = []
        self.environment = environment
        self._folder = folder
        self._options = options
        self._scripts = scripts
        self._files: dict[Path, Any] = {}
        self._instance = str(options.clock.now_ms())
        self.lacking: set[str] = set()
        """Variables of the environment that were asked for and are not there."""
        self._unset: set[str] = set()
        self._sources: dict[str, Callable[[Tree, Request], Any]] = {
            "self": self._self,
            "opt": self._opt,
            "env": self._env,
            "file": self._file,
            "sls": self._sls,
            "aws": self._aws,
            "param": self._param,
            "strToBool": self._str_to_bool,
        }
        if options.ask is not None:
            self._sources |= {"ssm": self._ssm, "cf": self._cf, "s3": self._s3}

    def __call__(self, tree: Tree, request: Request) -> Any:
        """The value that a request names; None when there is none. Raises SourceError, or Fault of another value."""
        modernise(request)
        source = self._sources.get(request.name)
        if source is not None:
            return source(tree, request)
        if request.name in _ELSEWHERE:
            address = coerced(request.address) or ""
            if not self._options.is_lenient:
                what = f"{request.name}:{address} is not asked for, and its fallback is taken"
                self.warnings.append(warned(what, request.mark, about="variables"))
            raise Missing(
                f'The source "{request.name}" reads {_ELSEWHERE[request.name]} of an account, which is not there while '
                "a file is compiled",
                f"Put another source first, which wins where it has a value (${{env:VALUE, {request.name}:...}} or "
                f"${{param:value, {request.name}:...}}), or a fallback behind it.",
            )
        if request.name == git_variables.SOURCE and is_named(tree.document, git_variables.NAME):
            return self._git(request)
        if request.name == constructs.SOURCE and is_named(tree.document, constructs.NAME):
            return self._construct(tree, request)
        raise SourceError(
            f'Unrecognized configuration variable sources: "{request.name}"',
            f"Sources are {', '.join(self._sources)}; write \\${{ for a dollar and a brace.",
        )

    def knows(self, name: str) -> bool:
        """Whether a source is one of the Serverless Framework's, and none of a plugin's."""
        return name in self._sources or name in _ELSEWHERE

    def _git(self, request: Request) -> str:
        """What git says, for a plugin that asks it."""
        try:
            return git_variables.value(request.text(), self._folder)
        except UserError as error:
            raise SourceError(error.what, error.todo) from error

    def _construct(self, tree: Tree, request: Request) -> Any:
        """What a construct of a plugin's has."""
        name = request.text()
        kind = tree.look_up([constructs.SECTION, name.partition(".")[0], "type"], request.mark)
        try:
            return positioned(constructs.value(str(kind), name), request.mark)
        except UserError as error:
            raise SourceError(error.what, error.todo) from error

    def _ssm(self, tree: Tree, request: Request) -> Any:
        """A parameter: lists are lists, secrets that are JSON objects are those, unless ``raw`` is asked for."""
        found = self._ask(tree, request, "ssm", "GetParameter", {"Name": request.text(), "WithDecryption": True})
        if found is None:
            return None
        parameter = found["Parameter"]
        value = parameter["Value"]
        if "raw" in request.params:
            return value
        if parameter["Type"] == "StringList" or "split" in request.params:
            return positioned(value.split(","), request.mark)
        if request.text().startswith(SECRETS):
            with contextlib.suppress(ValueError):
                return positioned(json.loads(value), request.mark)
        return value

    def _cf(self, tree: Tree, request: Request) -> Any:
        """An output of a stack: ``stack.output``."""
        stack, _, name = request.text().partition(".")
        found = self._ask(tree, request, "cloudformation", "DescribeStacks", {"StackName": stack})
        outputs = found["Stacks"][0].get("Outputs", []) if found else []
        return next((one["OutputValue"] for one in outputs if one["OutputKey"] == name), None)

    def _s3(self, tree: Tree, request: Request) -> Any:
        """The text of an object: ``bucket/key``."""
        bucket, slash, key = request.text().partition("/")
        if not slash:
            raise SourceError(
                f'Unsupported "{request.text()}" address argument in variable "s3" source',
                'Expected "<bucket-name>/<key>" format',
            )
        found = self._ask(tree, request, "s3", "GetObject", {"Bucket": bucket, "Key": key})
        return None if found is None else _text_of(found["Body"])

    def _ask(self, tree: Tree, request: Request, service: str, operation: str, wanted: Mapping[str, Any]) -> Any:
        """What a service answers; None where it does not know what is asked for. Raises SourceError."""
        assert self._options.ask is not None
        region = next((str(one) for one in request.params if one not in _SWITCHES), "")
        try:
            return self._options.ask(service, operation, wanted, region or self.region(tree, request.mark))
        except AwsError as error:
            if error.code in UNKNOWN_CODES:
                return None
            raise SourceError(f"{service} does not say: {error}") from error

    def stage(self, tree: Tree, mark: Mark) -> str:
        """The effective stage: the command's, else the file's, else ``dev``."""
        return self._options.stage or coerced(tree.look_up(["provider", "stage"], mark)) or STAGE_DEFAULT

    def region(self, tree: Tree, mark: Mark) -> str:
        """The effective region: the command's, else the file's, else ``us-east-1``."""
        return self._options.region or coerced(tree.look_up(["provider", "region"], mark)) or REGION_DEFAULT

    def _self(self, tree: Tree, request: Request) -> Any:
        address = coerced(request.address)
        keys = address.split(".") if address else []
        value = tree.look_up(keys, request.mark)
        if keys[:1] == ["service"]:
            return _service_name(tree, keys, value)
        if keys in (["provider", "stage"], ["provider", "region"]):
            return self._effective(value, keys[1], request.name)
        return value

    def _effective(self, value: Any, name: str, source: str) -> Any:
        """What ``self`` gives where many files rely on more than the Serverless Framework gives."""
        asked, default, advice = {
            "stage": (self._options.stage, STAGE_DEFAULT, "${sls:stage}"),
            "region": (self._options.region, REGION_DEFAULT, "${aws:region}"),
        }[name]
        if value is None:

            def effective() -> str:
                self._unset.add(name)
                return asked or default

            raise Missing(f'Value not found at "{source}" source', instead=effective)
        if asked is not None and isinstance(value, StandIn):
            return asked
        if asked is not None and value != asked:
            what = (
                f"${{self:provider.{name}}} is what the file says ({value}), though the {name} is {asked}: "
                f"write {advice} for the latter"
            )
            warning = Warning(what, about="variables")
            if warning not in self.warnings:
                self.warnings.append(warning)
        return value

    def unset_warning(self) -> Warning | None:
        """What to tell about ``${self:provider.stage}`` and region, where the file sets none."""
        if not self._unset:
            return None
        names = sorted(self._unset, reverse=True)
        said = " and ".join(f"${{self:provider.{name}}}" for name in names)
        what = (
            f"the file sets no {' and no '.join(f'provider.{name}' for name in names)}: {said} "
            f"{'is' if len(names) == 1 else 'are'} taken to be the effective {' and '.join(names)}, where "
            "version 3 of the Serverless Framework fails; ${sls:stage} and ${aws:region} work in both"
        )
        return Warning(what, about="variables")

    def _opt(self, tree: Tree, request: Request) -> Any:
        options = given(self._options)
        if request.address is None:
            return positioned(options, request.mark)
        return options.get(request.text())

    def _env(self, tree: Tree, request: Request) -> Any:
        name = request.text()
        if name not in self.environment:
            self.lacking.add(name)
        return self.environment.get(name)

    def _sls(self, tree: Tree, request: Request) -> Any:
        address = request.text()
        if address == "stage":
            return self.stage(tree, request.mark)
        if address == "instanceId":
            return self._instance
        raise SourceError(f'Unsupported "{address}" address argument in variable "sls" source')

    def _aws(self, tree: Tree, request: Request) -> Any:
        address = request.text()
        if address == "region":
            return self.region(tree, request.mark)
        if address == "accountId":
            return self._options.account
        raise SourceError(f'Unsupported "{address}" address argument in variable "aws" source')

    def _param(self, tree: Tree, request: Request) -> Any:
        name = request.text()
        if name in self._options.params:
            return self._options.params[name].rstrip()
        for stage in (self.stage(tree, request.mark), "default"):
            # Version 4 has them below `stages` as well.
            for place in (["params", stage, name], ["stages", stage, "params", name]):
                value = tree.look_up(place, request.mark)
                if value is not None:
                    return value
        raise Missing(
            f'The param "{name}" cannot be resolved from CLI options or stage params',
            f"Pass --param {name}=..., or write it under params.default.",
        )

    def _str_to_bool(self, tree: Tree, request: Request) -> Any:
        if not request.params or request.params[0] is None:
            raise SourceError('Missing "strToBool" input')
        text = coerced(request.params[0])
        if text is None:
            raise SourceError(f'Non-string "strToBool" input:. Received: {request.params[0]}')
        truth = _TRUTHS.get(text.strip().lower())
        if truth is None:
            raise SourceError(
                f'Invalid "strToBool" input: Expected either "true", "false", "0", or "1". Received: {text}'
            )
        return truth

    def _file(self, tree: Tree, request: Request) -> Any:
        if not request.params or request.params[0] in (None, ""):
            raise SourceError('Missing path argument in variable "file" source')
        name = coerced(request.params[0])
        if name is None:
            raise SourceError(f'Non-string path argument in variable "file" source: {request.params[0]}')
        address = None if request.address in (None, "") else request.text()
        file = self._folder / Path(name).expanduser()
        if not file.exists():
            raise Missing('Value not found at "file" source', f"There is no file {file}.")
        if file.suffix in _SCRIPTS:
            return self._script(tree, request, file, address)
        value = self._content(file)
        if address is not None:
            return self._walk(tree, request, value, address)
        if value is None and _is_blank(file):
            raise SourceError(f"{file}: the file is empty", "Write 'null' for no value.")
        return copied(value)

    def _content(self, file: Path) -> Any:
        if file not in self._files:
            if len(self._files) >= FILES_MAX:
                raise SourceError(f"More than {FILES_MAX} files are read")
            self._note(file)
            try:
                self._files[file] = self._parsed(file)
            except UserError as error:
                raise SourceError(str(error).partition("\n")[0], error.todo) from error
        return self._files[file]

    def _parsed(self, file: Path) -> Any:
        if file.suffix not in (".yml", ".yaml", ".json", ".tfstate"):
            # Bytes that are no text are read as the Serverless Framework reads them.
            return read_bytes(file).decode("utf-8", "replace")
        value = read_document(file, dates=True)
        if value is None and file.suffix in (".json", ".tfstate") and _is_blank(file):
            raise UserError("the file is empty, which is no JSON", where=str(file), todo="Write 'null' for no value.")
        return value

    def _note(self, file: Path) -> None:
        if file not in self.read:
            self.read.append(file)

    def _walk(self, tree: Tree, request: Request, value: Any, address: str) -> Any:
        """The value at an address within a file, whose texts on the way may be variables."""
        for key in address.split("."):
            if isinstance(value, str):
                value = self._expanded(tree, request, value)
            value = member(value, key)
            if value is None:
                return None
        return copied(value)

    def _expanded(self, tree: Tree, request: Request, text: str) -> Any:
        return tree.detached(text, request.path, request.mark, request.depth)

    def _script(self, tree: Tree, request: Request, file: Path, address: str | None) -> Any:
        self._note(file)
        faults: list[Fault] = []

        def answer(message: dict[str, Any]) -> Any:
            try:
                if "property" in message:
                    return plain(tree.look_up([str(key) for key in message["property"]], request.mark))
                text = message["text"] if "text" in message else f"${{{message['variable']}}}"
                return plain(self._expanded(tree, request, text))
            except Fault as fault:
                faults.append(fault)
                raise UserError(fault.what) from fault

        try:
            value = self._scripts.evaluate(file.resolve(), address, answer)
        except UserError as error:
            if faults:
                raise faults[0] from error
            raise SourceError(f"{error.where}: {error.what}", error.todo) from error
        return positioned(value, Mark(str(file)))


def _service_name(tree: Tree, keys: list[str], value: Any) -> Any:
    """``self:service`` and ``self:service.name`` are the same, whether the file writes a name or a map with one."""
    if keys == ["service"] and isinstance(value, Map):
        return value.get("name")
    service = tree.document.get("service")
    return service if value is None and keys == ["service", "name"] and isinstance(service, str) else value


def modernise(request: Request) -> None:
    """Turn the forms of version 1 into those of version 3: ``cf.eu-west-1:stack.output``, ``ssm:/key~true``."""
    name, dot, region = request.name.partition(".")
    if dot and name in _ELSEWHERE:
        request.name, request.params = name, [*request.params, region]
    if request.name != "ssm" or not isinstance(request.address, str):
        return
    for ending, switch in _OLDER_SWITCHES.items():
        if request.address.endswith(ending):
            request.address, request.params = request.address.removesuffix(ending), [*request.params, switch]


def _text_of(body: Any) -> str:
    """A blob as a text; a cloud in another process gives it in base 64."""
    data = body if isinstance(body, bytes | bytearray) else base64.b64decode(body)
    return bytes(data).decode("utf-8", "replace")


def _is_blank(file: Path) -> bool:
    """Whether a file holds no document at all, not even ``null``."""
    lines = (line.strip() for line in read_bytes(file).decode("utf-8", "replace").splitlines())
    return all(not line or line.startswith("#") or line in ("---", "...") for line in lines)
