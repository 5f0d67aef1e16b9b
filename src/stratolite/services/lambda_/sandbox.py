"""The engine as this service uses it: code on disk, credentials, log lines.

The engine is made when the first function runs. Its log lines can be read once the invocation that wrote them has been
answered.
"""

import asyncio
import base64
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from stratolite.core.call import Call
from stratolite.core.errors import AwsError, NotImplementedHere
from stratolite.services.lambda_.domain import Code, FunctionName, Version
from stratolite.services.lambda_.names import runtime_version_arn
from stratolite.services.world import World

if TYPE_CHECKING:
    from stratolite.engine.code import Earlier
    from stratolite.engine.model import FunctionSpec, LogLines
    from stratolite.engine.pool import Engine

CREDENTIALS_S = 12 * 60 * 60
CREDENTIALS_RENEWED_S = 6 * 60 * 60
"""After this time a function gets new environments with new credentials, long before the old ones expire."""
_SETTINGS_SHOWN_ONLY = frozenset({"Description", "KMSKeyArn", "VpcConfig", "DeadLetterConfig"})

DEBUGGED_S_MAX = 24 * 60 * 60
"""How long an invocation may take that is being debugged."""

log = logging.getLogger("stratolite.lambda")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a function's SDK signs with, until it is time for new ones."""

    variables: Mapping[str, str]
    renew_ms: int


class Sandbox:
    """Makes specifications, owns the engine, writes the logs."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._engine: Engine | None = None
        self._credentials: dict[tuple[str, str, str], Credentials] = {}
        self._earlier: Earlier | None = None
        self._unpacking: dict[Path, asyncio.Future[Path]] = {}
        self.debugged: dict[FunctionName, int] = {}
        """The ports where functions wait for a debugger."""

    @property
    def engine(self) -> "Engine":
        """The engine; made on first use, because importing it costs time that a start without functions saves."""
        if self._engine is None:
            from stratolite.engine.pool import Engine

            world = self._world
            work_dir = world.settings.run_path / "lambda"
            self._engine = Engine(
                world.clock,
                world.entropy,
                work_dir,
                self._write,
                hidden=[world.settings.run_path.parent] if world.settings.isolation else None,
                is_delayed=world.settings.cold_start_delay,
                cache=world.settings.cache_path,
            )
            world.ports.log.collect(self._engine.flush_logs)
        return self._engine

    async def specification(self, version: Version) -> "tuple[FunctionSpec, int]":
        """What the engine needs to run a version, and until when (wall time, ms) it holds.

        Unpacks code and layers where they are not on disk yet; asks STS for credentials of the function's role.
        """
        from stratolite.engine.model import CodeRef, FunctionSpec

        name, settings = version.name, version.settings
        credentials = await self._credentials_of(version)
        debug_port = self.debugged.get(name.with_qualifier(""), 0)
        path = await self._unpacked(version.code, debug_port)
        layers = [await self._unpacked(used.code, debug_port) for used in version.layers]
        spec = FunctionSpec(
            key=f"{_key(version, debug_port)}:{credentials.variables['AWS_ACCESS_KEY_ID']}",
            debug_port=debug_port,
            name=name.name,
            version=version.label,
            arn=f"{name.arn}:{version.label}" if version.number else name.arn,
            runtime=settings.get("Runtime", ""),
            handler=settings.get("Handler", ""),
            code=CodeRef(version.code.sha256, path),
            runtime_arn=runtime_version_arn(name.region, settings.get("Runtime", "")),
            layers=tuple(layers),
            environment={
                **self._world.settings.function_variables,
                **settings.get("Environment", {}).get("Variables", {}),
            },
            memory_mb=settings["MemorySize"],
            timeout_s=DEBUGGED_S_MAX if debug_port else settings["Timeout"],
            tmp_mb=settings["EphemeralStorage"]["Size"],
            region=name.region,
            log_group=settings["LoggingConfig"]["LogGroup"],
            log_format=settings["LoggingConfig"]["LogFormat"],
            application_log_level=settings["LoggingConfig"].get("ApplicationLogLevel", ""),
            system_log_level=settings["LoggingConfig"].get("SystemLogLevel", "INFO"),
            account=name.account,
            role_credentials=credentials.variables,
            endpoint_url=self._world.settings.endpoint,
            real_hosts=self._world.settings.real_hosts,
            trust=trust if (trust := self._world.settings.trust_path).is_dir() else None,
            tracing=settings["TracingConfig"]["Mode"],
        )
        return spec, credentials.renew_ms

    def fits(self, spec: "FunctionSpec", version: Version) -> bool:
        """Whether a version, as it is now, is run by a specification that was made of it before."""
        port = self.debugged.get(version.name.with_qualifier(""), 0)
        return spec.key.startswith(f"{_key(version, port)}:")

    def retire(self, spec: "FunctionSpec") -> None:
        """No further invocation will use this specification: end its idle environments."""
        if self._engine is not None:
            self._engine.retire(spec.key)

    async def close(self) -> None:
        """End every process, then write what they printed last."""
        if self._engine is not None:
            await self._engine.close()
            await self._world.ports.log.flush()

    # Code ------------------------------------------------------------------------------------------------------

    async def _unpacked(self, code: Code, debug_port: int) -> Path:
        """The folder of an archive's files, unpacked in a thread where it is not there yet."""
        from stratolite.engine.code import Earlier, clean, unpack

        folder = self._world.settings.run_path / "lambda"
        if self._earlier is None:
            self._earlier = Earlier()
            clean(folder / "code")
            clean(folder / "debugged")
        # Functions that a debugger holds can write to their code: nobody else has files of theirs.
        root, earlier = (folder / "debugged", None) if debug_port else (folder / "code", self._earlier)
        digest = base64.b64decode(code.sha256).hex()
        place = root / digest
        if place.is_dir():
            return place
        # The functions of an application share a zip, and are often begun at the same time.
        unpacking = self._unpacking.get(place)
        if unpacking is None:
            work = asyncio.to_thread(
                unpack, digest, self._world.blobs.read(code.blob), root, earlier, is_shared=self.engine.is_isolated
            )
            unpacking = self._unpacking[place] = asyncio.ensure_future(work)
            unpacking.add_done_callback(lambda done: self._end_unpacking(place, done))
        return await asyncio.shield(unpacking)

    def _end_unpacking(self, place: Path, done: "asyncio.Future[Path]") -> None:
        del self._unpacking[place]
        if not done.cancelled():
            done.exception()  # Whoever waited has been told; when nobody did, nobody is.

    # Credentials -----------------------------------------------------------------------------------------------

    async def _credentials_of(self, version: Version) -> Credentials:
        """Credentials of the function's role, of which every version of the function has the same."""
        name, role = version.name, version.settings["Role"]
        now_ms = self._world.clock.now_ms()
        key = (name.arn, role, name.account)
        known = self._credentials.get(key)
        if known is not None and known.renew_ms > now_ms:
            return known
        call = Call(account=name.account, region=name.region, now_ms=now_ms)
        request = {"RoleArn": role, "RoleSessionName": name.name.ljust(2, "-"), "DurationSeconds": CREDENTIALS_S}
        try:
            answer = await self._world.operations.perform(call, "sts", "AssumeRole", request)
        except NotImplementedHere:
            raise
        except AwsError as error:
            # The function still speaks for its account: a 12-digit access key names it.
            log.warning("%s runs without credentials of %s: %s", name.arn, role, error)
            made = {"AccessKeyId": name.account, "SecretAccessKey": "none", "SessionToken": ""}
        else:
            made = answer["Credentials"]
        variables = {
            "AWS_ACCESS_KEY_ID": made["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": made["SecretAccessKey"],
            "AWS_SESSION_TOKEN": made["SessionToken"],
        }
        credentials = Credentials(variables, now_ms + CREDENTIALS_RENEWED_S * 1000)
        self._credentials[key] = credentials
        return credentials

    # Log lines -------------------------------------------------------------------------------------------------

    def _write(self, lines: "LogLines") -> None:
        """The engine's sink: called in the loop, never waits."""
        call = _namespace(lines.account, lines.region)
        self._world.ports.log.hold(call, lines.log_group, lines.log_stream, lines.events)


@lru_cache(maxsize=64)
def _namespace(account: str, region: str) -> Call:
    return Call(account=account, region=region)


def _key(version: Version, debug_port: int) -> str:
    """Changes when a running environment is no longer the right one, whatever credentials it has."""
    return f"{version.name.arn}:{version.label}:{_digest(version)}:{debug_port}"


def _digest(version: Version) -> str:
    """Changes when anything changes that a running environment would notice."""
    settings = {key: value for key, value in version.settings.items() if key not in _SETTINGS_SHOWN_ONLY}
    parts = [settings, version.code.sha256, [used.code.sha256 for used in version.layers]]
    return hashlib.sha256(msgspec.json.encode(parts, order="sorted")).hexdigest()[:16]
