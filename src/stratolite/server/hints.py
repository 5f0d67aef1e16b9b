"""What lets people see why a call failed that AWS's own error does not say: code and stack disagree on a name.

The caller gets AWS's error alone; a hint goes to whoever watches (``up`` shows it), once for each name that was missed.
What is there under names stands in one table of each service (``Service.named``). Asked only after such an error, which
costs a request that succeeds nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any
from urllib.parse import unquote, urlsplit

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.core.ports.watchers import HintWatcher
from stratolite.core.service import Named
from stratolite.http.hosts import aws_host
from stratolite.storage.database import Database

TOLD_MAX = 1000
"""How many hints are remembered; the oldest may be given again then."""
SHOWN_MAX = 5
PARTS = frozenset({"TransactItems", "Put", "Update", "Delete", "Get", "ConditionCheck"})
"""Members of requests that hold further requests."""
SECRET_SUFFIX_CHARS = 7
"""The end that Secrets Manager adds to names in ARNs: ``-a1B2c3``."""


@dataclass(frozen=True, slots=True)
class Place:
    """Something by its name, and where it is."""

    account: str
    region: str
    name: str


class Hints:
    """Hints of one cloud. ``watchers`` are told of each."""

    def __init__(self, database: Database, watchers: list[HintWatcher]) -> None:
        self._database = database
        self._watchers = watchers
        self._told: dict[str, None] = {}

    def tell(self, text: str) -> None:
        """Give a hint, unless it was given before."""
        if text in self._told:
            return
        if len(self._told) >= TOLD_MAX:
            del self._told[next(iter(self._told))]
        self._told[text] = None
        for see in self._watchers:
            see(text)

    def refused(self, host: str, error: NotImplementedHere) -> None:
        """A request asked for what this version has not. ``host`` is the one that it was sent to."""
        self.tell(f"{error.message}{real_host(host)}")

    def missed(self, call: Call, named: Named, operation: str, request: Mapping[str, Any]) -> None:
        """A request named what is not there."""
        if not self._watchers or operation.startswith("Delete"):
            return  # What is to go may be gone.
        there = [Place(*row) for row in self._database.query(f"SELECT account, region, name FROM {named.table}")]
        for value in dict.fromkeys(_values(request, named.members)):
            asked = place_of(named.noun, value, call)
            if asked not in there:
                self.tell(f"{_who(call)}{operation} asked for {explained(named.noun, asked, there)}")


def explained(noun: str, asked: Place, there: list[Place]) -> str:
    """``the table users in us-east-1: there is none of that name, but one in eu-west-1``."""
    what = f"the {noun} {asked.name} in {asked.region}"
    elsewhere = [one for one in there if one.name == asked.name]
    if elsewhere:
        places = [_from(asked, one) for one in elsewhere[:SHOWN_MAX]]
        return f"{what}: it is not there, but {' and '.join(places)}"
    names = [one.name for one in there if (one.account, one.region) == (asked.account, asked.region)]
    if not names:
        other = sorted({one.region for one in there if one.account == asked.account})
        return f"{what}: there is no {noun} at all" + (f"; {noun}s are in {', '.join(other)}" if other else "")
    near = nearest(asked.name, names)
    if near:
        return f"{what}: there is none of that name; the nearest: {', '.join(near)}"
    shown = ", ".join(sorted(names)[:SHOWN_MAX]) + (" ..." if len(names) > SHOWN_MAX else "")
    return f"{what}: there is none of that name; there: {shown}"


def real_host(host: str) -> str:
    """What lets functions reach a host of AWS, where it is one."""
    if aws_host(host) is None:
        return ""
    return f" 'stratolite up --real-aws {host.partition(':')[0]}' lets functions reach the real one."


def nearest(name: str, names: list[str]) -> list[str]:
    """Names that may have been meant: those that hold the name, or are held by it, then those that look like it."""
    folded = {one.lower(): one for one in names}
    wanted = name.lower()
    holding = [one for key, one in folded.items() if wanted in key or key in wanted]
    close = [folded[key] for key in get_close_matches(wanted, folded, SHOWN_MAX)]
    return list(dict.fromkeys([*sorted(holding, key=len), *close]))[:SHOWN_MAX]


def place_of(noun: str, value: str, call: Call) -> Place:
    """What a request names: by a name, an ARN, or the URL of a queue."""
    account, region = call.account, call.region
    if value.startswith("arn:"):
        parts = value.split(":", 5)
        if len(parts) == 6:
            region, account, value = parts[3] or region, parts[4] or account, parts[5]
            value = _name_in_arn(noun, value)
    elif noun == "queue" and "/" in value:
        *_, owner, name = ["", *urlsplit(value).path.strip("/").split("/")]
        account, value = owner if owner.isdecimal() else account, unquote(name)
    elif noun == "function" and ":" in value:
        # `123456789012:function:name`, or `name:alias`.
        owner, _, rest = value.partition(":function:")
        account, value = (owner, rest.partition(":")[0]) if rest else (account, value.partition(":")[0])
    return Place(account, region, value)


def _name_in_arn(noun: str, resource: str) -> str:
    """The name in an ARN's last part: ``table/users/index/mail``, ``function:users:live``, ``secret:key-a1B2c3``."""
    if noun == "table":
        return resource.split("/")[1] if "/" in resource else resource
    if noun == "function":
        return resource.split(":")[1] if ":" in resource else resource
    if noun == "secret":
        return resource.removeprefix("secret:")[:-SECRET_SUFFIX_CHARS]
    if noun == "parameter":
        name = resource.removeprefix("parameter")
        return name if name.count("/") > 1 else name.lstrip("/")
    return resource


def _values(request: object, members: tuple[str, ...]) -> Iterator[str]:
    """The names in a request: also those in lists of requests, as batches and transactions have them."""
    if isinstance(request, Mapping):
        for key, value in request.items():
            if key in members and isinstance(value, str):
                yield value
            elif key == "RequestItems" and isinstance(value, Mapping):
                yield from value
            elif key in PARTS:
                yield from _values(value, members)
    elif isinstance(request, list):
        for one in request:
            yield from _values(one, members)


def _from(asked: Place, there: Place) -> str:
    """Where something is, as seen from where it was looked for."""
    where = [] if there.account == asked.account else [f"in the account {there.account}"]
    if there.region != asked.region or not where:
        where.append(f"in {there.region}")
    return " ".join(where)


def _who(call: Call) -> str:
    """The function that asks, as its role's session is named."""
    _, mark, session = call.principal.partition(":assumed-role/")
    return f"{session.rpartition('/')[2]}: " if mark else ""
