"""What the command line of ``up`` asks for, as an application; a cloud answers what its file asks an account."""

import asyncio
from collections.abc import AsyncIterable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stratolite.cli.application import Application, all_mistakes, find, load, setting_of
from stratolite.cli.options import Choices
from stratolite.cli.resource_types import makeable
from stratolite.cli.skipping import refuse_lacks, runnable
from stratolite.cli.steps import Steps
from stratolite.cli.supply import supply
from stratolite.core.call import ACCOUNT_DEFAULT, Call
from stratolite.core.errors import UserError
from stratolite.core.warning import Warning
from stratolite.server.config import APP_PORT_DEFAULT, Config
from stratolite.server.config import cache as user_cache

if TYPE_CHECKING:
    from stratolite.server.app import Cloud
    from stratolite.templates.serverless.model import Ask


@dataclass(frozen=True)
class Wanted:
    """What the command line asks for."""

    path: Path
    choices: Choices
    stand_ins: bool
    strict: bool = False
    """Whether resources that have no effect here, and values that are not there, are refused."""
    debugged: tuple[str, ...] = ()
    """Functions that wait for a debugger, named as for ``invoke``."""

    @property
    def folder(self) -> Path:
        """Where the application lies."""
        return self.path if self.path.is_dir() else self.path.parent

    async def load(self, ask: "Ask", steps: Steps) -> Application:
        """Compile and package, beside the loop. Raises UserError, and what ``ask`` raises."""
        try:
            application = await asyncio.to_thread(
                load, self.path, self.choices, stand_ins=self.stand_ins, strict=self.strict, ask=ask, steps=steps
            )
        except UserError as error:
            told = await asyncio.to_thread(all_mistakes, self.path, self.choices, error, is_lenient=not self.strict)
            raise told from error
        if self.strict and application.without_effect:
            named = ", ".join(f"{name} ({kind})" for name, kind in application.without_effect.items())
            raise UserError(
                f"resources have no local effect: {named}",
                where=str(application.file),
                todo="Leave out --strict to run with stand-ins for them.",
            )
        application = makeable(application, skip=self.choices.skips_unsupported)
        application = runnable(application, skip=self.choices.skips_unsupported)
        more = await asyncio.to_thread(supply, application, user_cache(), self.choices, steps)
        if self.strict:
            refuse_lacks(more)
        return replace(application, warnings=(*application.warnings, *more))


async def compiled_alone(wanted: Wanted, steps: Steps) -> Application | None:
    """The application; None when its file asks for something that only a running cloud knows. Raises UserError."""
    from stratolite.templates.serverless.model import CloudNeeded

    def not_yet(*_: Any) -> Mapping[str, Any]:
        raise CloudNeeded

    try:
        with steps.step("compiling", "compiled"):
            return await wanted.load(not_yet, steps)
    except CloudNeeded:
        return None


def at_its_port(config: Config, wanted: Wanted, application: Application | None) -> Config:
    """The configuration with the port at which the file wants its APIs, where nobody else has said one."""
    if config.app_port != APP_PORT_DEFAULT:
        return config
    if application is None:
        # What only a running cloud knows is hardly ever its port.
        port = setting_of(find(wanted.path), wanted.choices, ["custom", "serverless-offline", "httpPort"])
    else:
        port = application.local.app_port if application.local is not None else None
    return replace(config, app_port=port) if isinstance(port, int) and port > 0 else config


def asker(cloud: "Cloud") -> "Ask":
    """Asks a cloud of this process from another thread."""
    loop = asyncio.get_running_loop()

    def ask(service: str, operation: str, request: Mapping[str, Any], region: str) -> Mapping[str, Any]:
        call = Call(account=ACCOUNT_DEFAULT, region=region, now_ms=cloud.clock.now_ms(), endpoint=cloud.endpoint)

        async def perform() -> Mapping[str, Any]:
            answer = dict(await cloud.operations.perform(call, service, operation, request))
            for name, value in answer.items():
                if isinstance(value, AsyncIterable):
                    answer[name] = b"".join([piece async for piece in value])
            return answer

        return asyncio.run_coroutine_threadsafe(perform(), loop).result()

    return ask


def replaced_interpreters(runtimes: Iterable[str]) -> list[Warning]:
    """What people should know of runtimes that are not installed on this machine."""
    from stratolite.engine.interpreters import Interpreters

    interpreters = Interpreters()
    told = [interpreters.resolve(runtime).warning for runtime in runtimes if runtime]
    return [Warning(what, about="interpreters") for what in told if what]
