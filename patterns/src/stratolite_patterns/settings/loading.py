"""Loading settings: everything that is missing or malformed is named, all at once, before the first request."""

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from typing import Any, Generic, TypeVar, get_args, get_type_hints

from stratolite_patterns.settings.concealed import Secret
from stratolite_patterns.settings.convert import Malformed, convert, is_secret, supports
from stratolite_patterns.settings.declaration import KEY, NOTHING, Source
from stratolite_patterns.settings.sources import Fetched, fetch

logger = logging.getLogger("stratolite_patterns")
T = TypeVar("T")

STAGES = ("development", "staging", "production")
STAGE = "STAGE"
MAX_AGE_S = 300.0
STALE_S = 3600.0


class SettingsError(Exception):
    """Settings that are missing or malformed. ``problems`` has a line for each, and no secret in any."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join([f"{len(problems)} setting(s) are missing or malformed:", *problems]))


def load(
    declaration: type[T],
    *,
    stage: str | None = None,
    stages: Sequence[str] = STAGES,
    environ: Mapping[str, str] | None = None,
    ssm: Any = None,
    manager: Any = None,
) -> T:
    """An instance of a settings class, whose fields say where they come from.

    ``stage`` is that of the environment variable STAGE unless it is given. AWS is asked only where a field needs it,
    for ten parameters at a time. Raises SettingsError, and TypeError for a class that is no dataclass of such fields,
    or that has a value for a stage that is none of ``stages``.
    """
    given = os.environ if environ is None else environ
    declared = _declared(declaration, stages)
    stage = stage or given.get(STAGE, "")
    if stage not in stages:
        named = ", ".join(stages)
        what = f"{stage!r} is none of {named}" if stage else f"missing; one of {named} is needed"
        raise SettingsError([f"stage: {STAGE} (environment): {what} (load(..., stages=...) names others)"])
    found = _fetched(declared, stage, given, ssm, manager)
    values: dict[str, Any] = {}
    problems: list[str] = []
    for name, (source, kind) in declared.items():
        try:
            values[name] = _value(source, kind, stage, given, found)
        except (Malformed, LookupError) as error:
            problems.append(f"{name}: {source.shown(stage)}: {error.args[0]}")
    if problems:
        raise SettingsError(problems)
    return declaration(**values)


class Reloading(Generic[T]):
    """Settings that are loaded again after ``max_age_s``: ``settings()``.

    While they cannot be loaded again, the old ones stay good for ``stale_s`` more; then SettingsError is raised. One
    thread loads, and others go on with the old ones. ``options`` are those of ``load``.
    """

    def __init__(
        self,
        declaration: type[T],
        *,
        max_age_s: float = MAX_AGE_S,
        stale_s: float = STALE_S,
        now: Callable[[], float] = time.monotonic,
        **options: Any,
    ) -> None:
        self._declaration = declaration
        self._max_age_s = max_age_s
        self._stale_s = stale_s
        self._now = now
        self._options = options
        self._lock = threading.Lock()
        self._held: tuple[T, float] | None = None
        self._tried_s = 0.0

    def __call__(self) -> T:
        """The settings. Raises SettingsError."""
        held = self._held
        now_s = self._now()
        if held is not None and now_s - held[1] < self._max_age_s:
            return held[0]
        if not self._lock.acquire(blocking=held is None):
            return self._old(held, now_s)
        try:
            held = self._held
            if held is not None and (now_s - held[1] < self._max_age_s or now_s - self._tried_s < RETRY_S):
                return self._old(held, now_s)
            self._tried_s = now_s
            try:
                loaded = load(self._declaration, **self._options)
            except SettingsError as error:
                if held is None or now_s - held[1] >= self._max_age_s + self._stale_s:
                    raise
                logger.error("settings are old: %s", error)
                return held[0]
            self._held = (loaded, now_s)
            return loaded
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Load again at the next call."""
        self._held = None

    def _old(self, held: tuple[T, float] | None, now_s: float) -> T:
        if held is None or now_s - held[1] >= self._max_age_s + self._stale_s:
            raise SettingsError(["settings could not be loaded again, and the old ones are too old"])
        return held[0]


RETRY_S = 5.0
"""How soon settings that could not be loaded again are tried once more."""


def _declared(declaration: type[Any], stages: Sequence[str]) -> dict[str, tuple[Source, Any]]:
    if not is_dataclass(declaration):
        raise TypeError(f"{declaration!r} is no dataclass")
    kinds = get_type_hints(declaration)
    declared = {}
    each: Field[Any]
    for each in fields(declaration):
        source = each.metadata.get(KEY)
        if source is None:
            if each.default is MISSING and each.default_factory is MISSING:
                raise TypeError(f"{each.name}: say where it comes from: env, parameter, secret or staged")
            continue
        kind = kinds[each.name]
        if source.kind not in ("path", "staged") and not supports(kind):
            raise TypeError(f"{each.name}: {kind!r} is no type of a setting")
        if source.kind == "secret" and not is_secret(kind):
            raise TypeError(f"{each.name}: a secret is declared as Secret[...], or it will be printed some day")
        strange = [name for name in source.stages or () if name not in stages]
        if strange:
            raise TypeError(f"{each.name}: {strange[0]!r} is no stage; they are {', '.join(stages)}")
        declared[each.name] = (source, kind)
    return declared


def _fetched(
    declared: Mapping[str, tuple[Source, Any]], stage: str, given: Mapping[str, str], ssm: Any, manager: Any
) -> Fetched:
    wanted: dict[str, list[str]] = {"parameter": [], "path": [], "secret": []}
    for source, _ in declared.values():
        if source.kind in wanted and not (source.variable and given.get(source.variable)):
            wanted[source.kind].append(source.name.replace("{stage}", stage))
    if not any(wanted.values()):
        return Fetched()
    return fetch(wanted["parameter"], wanted["path"], wanted["secret"], ssm=ssm, manager=manager)


def _value(source: Source, kind: Any, stage: str, given: Mapping[str, str], found: Fetched) -> Any:
    """A field's value. Raises Malformed and LookupError, with what is wrong as their text."""
    name = source.name.replace("{stage}", stage)
    if source.kind == "path":
        return _path(name, kind, found)
    if source.variable and given.get(source.variable):
        return convert(given[source.variable], kind)
    text = _text(source, name, given, found)
    if text is not None:
        if name in found.secure and source.kind == "parameter" and not is_secret(kind):
            raise Malformed("is a SecureString, so declare it as Secret[...]")
        return convert(text, kind)
    value = source.fallback(stage)
    if value is NOTHING:
        raise LookupError("missing")
    return Secret(value) if is_secret(kind) and value is not None and not isinstance(value, Secret) else value


def _text(source: Source, name: str, given: Mapping[str, str], found: Fetched) -> str | None:
    if source.kind == "environment":
        return given.get(name) or None
    if source.kind == "staged":
        return None
    if name in found.problems:
        raise LookupError(found.problems[name])
    if source.kind == "parameter":
        return found.parameters.get(name)
    if not source.json_field or name not in found.secrets:
        return found.secrets.get(name)
    try:
        return found.field_of(name, source.json_field)
    except ValueError:
        raise Malformed("is no JSON object, so it has no fields") from None


def _path(name: str, kind: Any, found: Fetched) -> dict[str, Any]:
    if name in found.problems:
        raise LookupError(found.problems[name])
    arguments = get_args(kind)
    each_kind = arguments[1] if len(arguments) == 2 else str
    if name in found.secure and not is_secret(each_kind):
        raise Malformed("holds a SecureString, so declare it as dict[str, Secret[str]]")
    return {key: convert(text, each_kind) for key, text in found.paths.get(name, {}).items()}
