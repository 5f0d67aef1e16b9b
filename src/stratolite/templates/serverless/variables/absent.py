"""Values that are not there on this machine, and what stands in for them where the rest may run without them.

A file names secrets of an account, outputs of other stacks, variables of a shell that somebody else has, files that git
ignores. In a deployment each of them is an error. ``up`` runs without them (``Options.is_lenient``): it says once what
is not there, by name and place, and takes a stand-in:

    ``ssm cf s3 param opt`` and the sources of plugins    a text that is made of the name: ``missing-db-password``
    ``env``                                               the same; empty in the environment of functions, as in a shell
    ``file`` that does not exist                          an empty map, and such a text for each key that is asked for
    a region, a stage, an account                         those of the deployment, wherever the name says so

``places`` says what a stand-in is where no text would do. ``samples`` looks for values before any of it.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any

from stratolite.core.listing import listed
from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import List, Map, Mark, mark_of
from stratolite.templates.serverless.variables.places import Home, stand_in_at
from stratolite.templates.serverless.variables.stand_in import StandIn, text_for
from stratolite.templates.serverless.variables.tree import Fault, dotted
from stratolite.templates.serverless.warned import warned

MARKS_SHOWN_MAX = 3
_REGION = re.compile(r"missing-(.+-)?region")
_STAGE = re.compile(r"missing-((.+-)?stage|node-env)")
_ACCOUNT = re.compile(r"missing-((aws-)?account|(.+-)?account-(id|number))")
"""Stand-ins by whose words one knows what would be there: ``SERVERLESS_REGION``, ``awsAccountId``."""
_GROUPS = {
    "env": "these variables of the environment are not set, and empty in functions:",
    "opt": "these options are not given (--option NAME=VALUE), stand-ins are taken:",
    "param": "these parameters are not given (--param NAME=VALUE), stand-ins are taken:",
    "ssm": "these parameters of Systems Manager are not there, stand-ins are taken:",
    "cf": "these outputs of other stacks are not there, stand-ins are taken:",
    "s3": "these objects of S3 are not there, stand-ins are taken:",
    "self": "these settings are not there, stand-ins are taken (another --stage may have them):",
}
_OTHERS = "these variables are of sources that nobody answers here, stand-ins are taken:"


def meant_by(name: str, home: Home) -> str:
    """What stands for a value by its name alone: a region, a stage or an account of the deployment, or a text."""
    known = ((_REGION, home.region), (_STAGE, home.stage), (_ACCOUNT, home.account))
    word = text_for(re.split(r"[/.:]", name)[-1])
    return next((value for pattern, value in known if pattern.fullmatch(word)), None) or text_for(name)


class Absent:
    """What one file lacks: makes the stand-ins, and tells of them."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._lacks: dict[str, dict[str, list[Mark]]] = {}
        self._files: dict[str, tuple[Mark, list[str]]] = {}
        self._texts: set[str] = set()

    def value(self, source: str, name: str, mark: Mark) -> StandIn:
        """The stand-in of what ``${source:name}`` means."""
        marks = self._lacks.setdefault(source, {}).setdefault(name, [])
        if mark not in marks:
            marks.append(mark)
        return self.untold(source, name, mark)

    def untold(self, source: str, name: str, mark: Mark) -> StandIn:
        """The same, where it makes no difference to anything."""
        return self._made(StandIn(meant_by(name, self._home), source, mark))

    def file(self, name: str, address: str | None, mark: Mark) -> StandIn:
        """The stand-in of a file that does not exist, or of what it would say at an address."""
        _, asked = self._files.setdefault(name, (mark, []))

        def ask(key: str) -> None:
            if key not in asked:
                asked.append(key)

        whole = StandIn(text_for(name.rpartition("/")[2]), "file", mark, ask)
        for key in address.split(".") if address else ():
            whole = whole.member(key)
        return self._made(whole.take())

    def _made(self, made: StandIn) -> StandIn:
        self._texts.add(made.text)
        return made

    def adopt(self, container: Map | List, texts: frozenset[str]) -> None:
        """Put stand-ins in the place of texts that are some: a program was given them by the environment."""
        keys: Iterable[Any] = list(container) if isinstance(container, Map) else range(len(container))
        for key in keys:
            child = container[key]
            if isinstance(child, str) and child in texts:
                container[key] = self._made(StandIn(child, "env", mark_of(container, key)))
            elif isinstance(child, Map | List):
                self.adopt(child, texts)

    def is_one(self, text: str) -> bool:
        """Whether a text is a stand-in."""
        return text in self._texts

    def settle(self, document: Map) -> list[Fault]:
        """Put in place of each stand-in what its place wants; gives those without which nothing can run."""
        faults = []
        for container, key, path in [*_stand_ins(document, ())]:
            value: StandIn = container[key]
            try:
                container[key] = stand_in_at(path, value, self._home)
            except LookupError:
                what = f'Cannot resolve variable at "{dotted(path)}": Value not found at "{value.source}" source'
                faults.append(Fault(what, value.at, "The application is made of it: there is no stand-in for that."))
        return faults

    def warnings(self) -> Iterator[Warning]:
        """One for each kind of what is not there."""
        others = {
            f"{source}:{name}": marks
            for source, names in self._lacks.items()
            if source not in _GROUPS
            for name, marks in names.items()
        }
        for source, what in _GROUPS.items():
            if source in self._lacks:
                yield _listed(what, self._lacks[source])
        if others:
            yield _listed(_OTHERS, others)
        for name, (mark, keys) in self._files.items():
            asked = f", stand-ins are taken for {', '.join(keys)}" if keys else ", and taken for an empty one"
            yield warned(f"the file {name} is not there{asked}", mark, Kind.ABSENT, about="variables")


def _listed(what: str, names: dict[str, list[Mark]]) -> Warning:
    lines = []
    for name, marks in names.items():
        lines.append(f"\n  {name}  {listed([*map(str, marks)], MARKS_SHOWN_MAX)}")
    return Warning(what + "".join(lines), kind=Kind.ABSENT, about="variables")


def _stand_ins(container: Any, path: tuple[str | int, ...]) -> Iterator[tuple[Any, Any, tuple[str | int, ...]]]:
    keys: Iterable[Any] = container if isinstance(container, Map) else range(len(container))
    for key in keys:
        child = container[key]
        if isinstance(child, StandIn):
            yield container, key, (*path, key)
        elif isinstance(child, Map | List):
            yield from _stand_ins(child, (*path, key))
