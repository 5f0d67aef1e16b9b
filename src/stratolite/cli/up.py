"""``stratolite up``: compile, deploy, serve, follow; again on every edit.

One process: the cloud, its functions' parent, the watcher. Edits go the same road as the first deployment: compile,
package, update the stack. A deployment that fails leaves the last good one serving.
"""

import asyncio
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from stratolite.cli import greeting, terminal
from stratolite.cli.application import Application
from stratolite.cli.debugging import explain
from stratolite.cli.listening import Listening
from stratolite.cli.live import Line, Live
from stratolite.cli.names import resolve
from stratolite.cli.note import Note
from stratolite.cli.options import Choices, Served, compile_options, serve_options
from stratolite.cli.placing import placed
from stratolite.cli.serve import INTERRUPTED, configure, run, say_goodbye, serving, tentative, until
from stratolite.cli.steps import Steps
from stratolite.cli.summary import Summary, as_served, reached_by, summarise
from stratolite.cli.tail import GROUP_PREFIX
from stratolite.cli.traces import Traces
from stratolite.cli.wanted import Wanted, asker, at_its_port, compiled_alone, replaced_interpreters
from stratolite.cli.watch import edits
from stratolite.core.call import ACCOUNT_DEFAULT, Call
from stratolite.core.clock import Clock
from stratolite.core.domains import Mapping as DomainMapping
from stratolite.core.errors import AwsError, UserError
from stratolite.core.listing import listed
from stratolite.core.warning import Warning
from stratolite.server.home import Home
from stratolite.targets.afterwards import Afterwards
from stratolite.targets.local import Deployed, LocalTarget, Progress

if TYPE_CHECKING:
    from stratolite.server.app import Cloud

EDITS_SHOWN_MAX = 3


@click.command()
@compile_options
@serve_options
@click.option("--debug", "debugged", multiple=True, metavar="NAME", help="Have a function wait for a debugger.")
@click.option("--no-install", is_flag=True, help="Only tell which packages are not installed.")
@click.option("--no-watch", is_flag=True, help="Do not take up edits.")
@click.option("--no-stand-ins", is_flag=True, help="Refuse a file that names by ARN what it does not make.")
@click.option(
    "--strict",
    is_flag=True,
    help="Refuse what has no effect here (VPC, CDN ...), events of AWS alone, and values that are not there.",
)
@click.option(
    "--skip-unsupported",
    is_flag=True,
    help="Start without what is not run or made here (Java, images, Firehose, RDS ...).",
)
def command(
    path: Path,
    choices: Choices,
    served: Served,
    debugged: tuple[str, ...],
    no_install: bool,
    no_watch: bool,
    no_stand_ins: bool,
    strict: bool,
    skip_unsupported: bool,
) -> None:
    """Run the application at PATH (a folder with serverless.yml or template.yaml, or a file) until Ctrl-C."""
    if strict and skip_unsupported:
        raise click.UsageError("--strict refuses what --skip-unsupported leaves out: give one of them.")
    installs: Literal["all", "none"] = "none" if no_install else "all"
    choices = replace(choices, skips_unsupported=skip_unsupported, installs=installs)
    wanted = Wanted(path, choices, not no_stand_ins, strict, debugged)
    config = configure(served, f"stratolite up {path}", wanted.folder)
    started_s, steps = Clock.elapsed_s(), Steps()

    async def main(stop: asyncio.Event) -> int:
        from stratolite.templates.dependencies.runner import Runner
        from stratolite.templates.serverless.builds.workshop import Workshop

        with Workshop() as workshop, Runner(os.environ).ended_by(stop) as runner:
            kept = replace(wanted, choices=replace(choices, workshop=workshop, runner=runner))
            # Compiled before anything is made, where that is possible: a mistake in the file leaves nothing behind.
            application = await compiled_alone(kept, steps)
            chosen = config if served.app_port is not None else at_its_port(config, kept, application)
            chosen = replace(chosen, takes_large_code=not strict)
            with tentative(chosen) as keep:
                async with serving(chosen, is_ephemeral=served.ephemeral) as cloud:
                    if application is None:
                        with steps.step("compiling", "compiled"):
                            application = await kept.load(asker(cloud), steps)
                    keep()
                    session = Session(cloud, kept, application)
                    await until(stop, session.run(started_s, steps, watch=not no_watch))
                say_goodbye(chosen.data, is_ephemeral=served.ephemeral)
        return 0 if session.has_been_ready else INTERRUPTED

    sys.exit(run(main))


class Session:
    """One ``up``, from the first deployment to Ctrl-C."""

    def __init__(self, cloud: "Cloud", wanted: Wanted, application: Application) -> None:
        self._cloud = cloud
        self._wanted = wanted
        self._application = application
        self._summary = Summary("")
        self.has_been_ready = False
        self._warned: set[Warning] = set()
        self._afterwards = Afterwards(cloud.operations, cloud.world.domains, cloud.world.places)
        self._domains: list[DomainMapping] = []
        self._listening = Listening(cloud, Home(ACCOUNT_DEFAULT, application.region))

    async def run(self, started_s: float, steps: Steps, *, watch: bool) -> None:
        """Deploy, say so, then show logs and take up edits. Raises UserError when the first deployment fails."""
        cloud = self._cloud
        traces = Traces(self._wanted.folder)

        def show(lines: Sequence[Line]) -> None:
            terminal.log_lines([(name, at_ms, traces.readable(message)) for name, at_ms, message in lines])

        live = Live(self._function_of, show)
        # From the first deployment on: makers of custom resources run in it.
        cloud.world.ports.log.watch(live.see)

        def see_alarm(call: Call, name: str, old: str, new: str, reason: str) -> None:
            live.flush()
            terminal.log_lines([(name, call.now_ms, f"alarm {old} -> {new}: {reason}")])

        cloud.world.ports.alarm_watchers.append(see_alarm)

        def see_hint(text: str) -> None:
            live.flush()
            terminal.hint(text)

        cloud.world.ports.hint_watchers.append(see_hint)
        # What functions begin from starts beside the deployment, and not before the first request.
        for runtime in self._application.runtimes:
            cloud.world.tasks.start(f"prepare {runtime}", cloud.world.ports.function.prepare(runtime))
        found = self._application
        steps.greet(lambda: greeting.show_found(found.service, found.stage, found.region, found.file, found.survey))
        self._warn([*self._application.warnings, *await self._replaced_interpreters()])
        try:
            deployed = await self._deploy(steps)
        except asyncio.CancelledError:
            steps.flush()
            terminal.note("it was being deployed; the next 'stratolite up' goes on with that")
            raise
        finally:
            # What functions have said on the way stands before what came of it.
            await cloud.world.ports.log.flush()
            live.flush()
        Note(cloud.endpoint, cloud.app_endpoint, self._application.region).write(cloud.config.data)
        self._summary = await self._summarise()
        terminal.say()
        self._summary.show()
        await self._debug()
        greeting.show_next(self._summary, self._application, cloud.endpoint, cloud.config.data)
        seconds = cloud.clock.elapsed_s() - started_s
        what = "ready" if deployed.changed else "ready, nothing new to deploy"
        terminal.say(f"\n{what} in {seconds:.2f} s. AWS APIs at {cloud.endpoint} (AWS_ENDPOINT_URL).")
        terminal.say("Policies are kept, not enforced yet. Ctrl-C stops.\n")
        self.has_been_ready = True
        try:
            await (self._watch(started_s) if watch else asyncio.Event().wait())
        finally:
            live.flush()

    async def _debug(self) -> None:
        """Have functions wait for debuggers, each at a port of its own. Raises UserError."""
        next_ports: dict[str, int] = {}
        names = [name for name, _ in self._summary.functions]
        port = self._cloud.world.ports.function
        for wanted in self._wanted.debugged:
            arn = self._call().arn("lambda", f"function:{resolve(wanted, names)}")
            try:
                debugged = await port.debug(arn, None)
                language = debugged.language
                place = next_ports.setdefault(language, debugged.port)
                next_ports[language] += 1
                debugged = await port.debug(arn, place)
            except AwsError as error:
                raise UserError(str(error), where=f"--debug {wanted}") from error
            explain(asdict(debugged), self._wanted.folder)

    async def _watch(self, started_s: float) -> None:
        clock, data = self._cloud.clock, self._cloud.config.data
        # Files were read some time after the start, and people may have edited them since.
        read_ms = clock.now_ms() - (clock.elapsed_s() - started_s) * 1000
        async for names in edits(self._wanted.folder, lambda: self._application.sources, data, clock, read_ms):
            await self._redeploy(names)

    async def _redeploy(self, names: Sequence[str]) -> None:
        clock = self._cloud.clock
        started_s = clock.elapsed_s()
        shown = listed(names, EDITS_SHOWN_MAX)
        try:
            steps = Steps(is_quiet=True)
            application = await self._wanted.load(asker(self._cloud), steps)
            if application.region != self._application.region:
                raise UserError("the region cannot change while it runs", todo="Stop, and run 'stratolite up' again.")
            self._application = application
            self._warn([*application.warnings, *await self._replaced_interpreters()])
            deployed = await self._deploy(steps)
        except UserError as error:
            terminal.complain(f"{error}\n  The last good deployment goes on serving.")
            return
        if not deployed.changed and not deployed.renamed:
            return
        before = self._summary
        self._summary = await self._summarise()
        milliseconds = (clock.elapsed_s() - started_s) * 1000
        terminal.say(click.style(f"{shown}: deployed in {milliseconds:.0f} ms", dim=True))
        if self._summary.differs(before):
            self._summary.show()

    async def _deploy(self, steps: Steps) -> Deployed:
        application = self._application

        def tell(step: Progress) -> None:
            steps.show(f"{step.resource} {step.status}")

        if not self._wanted.strict:
            self._cloud.world.ports.stack.allow_stand_ins(self._call(), application.stack_name)
        target = LocalTarget(self._cloud.operations, self._cloud.clock, self._call(), self._afterwards)
        with steps.step("deploying", "deployed", f"{len(application.template['Resources'])} resources"):
            try:
                deployed = await target.execute(application.plan(), tell)
            except UserError as error:
                raise placed(error, application) from error
        if application.local is not None:
            await self._listening.open(application.local.listeners)
            self._cloud.world.serving.become(application.local.serving)
            self._cloud.world.places.forget()
        steps.flush()
        for arn in deployed.stand_ins:
            terminal.note(f"{arn} is named but not made here: an empty stand-in was made (--no-stand-ins refuses)")
        for note in deployed.done.notes:
            terminal.note(note)
        self._warn(deployed.done.warnings)
        self._domains = deployed.domains
        return deployed

    def _warn(self, warnings: Iterable[Warning]) -> None:
        """Each warning once, however often the application is deployed."""
        new = [warning for warning in dict.fromkeys(warnings) if warning not in self._warned]
        self._warned.update(new)
        terminal.warn_all(new)

    async def _replaced_interpreters(self) -> list[Warning]:
        return await asyncio.to_thread(replaced_interpreters, sorted(self._application.runtimes))

    async def _summarise(self) -> Summary:
        summary = await summarise(self._perform, self._application.stack_name, self._cloud.app_endpoint)
        if any(not one.url for one in summary.caches):
            # Those of an earlier run are being started again.
            for one in summary.caches:
                await self._cloud.world.ports.cache.settled(f"{one.kind}:{one.name}")
            summary = await summarise(self._perform, self._application.stack_name, self._cloud.app_endpoint)
        summary.domains = reached_by(self._domains, self._cloud.app_endpoint)
        summary.routes = as_served(summary.routes, self._cloud.app_endpoint, self._cloud.world.serving)
        return summary

    def _function_of(self, call: Call, group: str) -> str:
        """The function of this application that a log group is of, or nothing."""
        name, application = group.removeprefix(GROUP_PREFIX), self._application
        if call.region != application.region:
            return ""
        if self._summary.functions:
            return name if name in self._summary.function_names else ""
        # Before the first deployment has ended, names are known from the template alone, or begin with the stack's.
        is_named = name in application.function_names or name.startswith(f"{application.stack_name}-")
        return name if is_named else ""

    def _call(self) -> Call:
        return Call(
            account=ACCOUNT_DEFAULT,
            region=self._application.region,
            request_id=self._cloud.world.entropy.uuid(),
            now_ms=self._cloud.clock.now_ms(),
            endpoint=self._cloud.endpoint,
        )

    async def _perform(self, service: str, operation: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return await self._cloud.operations.perform(self._call(), service, operation, request)
