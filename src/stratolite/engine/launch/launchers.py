"""The launchers of an engine: a zygote for each Python interpreter, a plain launcher for everything else.

Decides how the first process of an environment comes to be: forked from the zygote, unless the function brings
modules of names that the zygote has loaded already, shared libraries or a wrapper script; then it begins as a program
of its own.
"""

import asyncio
import hashlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from stratolite.core.entropy import Entropy
from stratolite.core.tasks import Supervisor
from stratolite.engine import layers, node_sdk, sandbox
from stratolite.engine.extensions import Program
from stratolite.engine.interpreters import Resolution
from stratolite.engine.isolation import PACKAGES
from stratolite.engine.launch.process import Start
from stratolite.engine.launch.zygote import Launcher
from stratolite.engine.model import FunctionSpec
from stratolite.engine.places import Places, Sources

log = logging.getLogger("stratolite.engine")


@dataclass(frozen=True, slots=True)
class Plan:
    """How the processes of an environment come to be."""

    launcher: Launcher
    start: Start
    """The runtime's process."""
    programs: tuple[Program, ...]
    """Extensions, which begin before it."""
    places: Places
    is_tmp_limited: bool
    """Whether the kernel holds the limit of its /tmp."""


class Launchers:
    """Launchers by interpreter, started when they are first needed, replaced when they have died.

    ``hidden`` are folders that no sandbox may see; None does without namespaces, wherever they are allowed. ``cache``:
    where SDKs are supplied from, if anywhere.
    """

    def __init__(
        self,
        work: Path,
        entropy: Entropy,
        launch_s_max: float,
        tasks: Supervisor,
        hidden: Sequence[Path] | None,
        cache: Path | None,
    ) -> None:
        self._work = work
        self._cache = cache
        self._entropy = entropy
        self._launch_s_max = launch_s_max
        self._tasks = tasks
        self._hidden = hidden
        self._launchers: dict[tuple[str, bool], Launcher] = {}
        self._is_told = False

    @property
    def are_isolated(self) -> bool:
        """Whether all that serve have namespaces, those for debuggers aside; False before the first one does."""
        wanted = [launcher for (_, is_isolated), launcher in self._launchers.items() if is_isolated]
        return bool(wanted) and all(launcher.is_isolated for launcher in wanted)

    async def prepare(self, resolution: Resolution) -> None:
        """Start the launcher that environments of this runtime will come from. Raises LaunchFailed."""
        await self._started(resolution, is_forked=resolution.language == "python", is_isolated=True)

    async def plan(self, spec: FunctionSpec, resolution: Resolution, tmp: Path, api_port: int, log_stream: str) -> Plan:
        """Who makes an environment's processes, and from what. Raises LaunchFailed, NoBootstrap, OSError."""
        sources = await self._sources(spec, resolution, tmp)
        # A debugger shows files of this machine.
        is_isolated = not spec.debug_port
        is_plain = not sandbox.wrapper(spec, Places()) and not sandbox.has_libraries(spec.code.path, sources.opt)
        if resolution.language == "python" and is_plain:
            zygote = await self._started(resolution, is_forked=True, is_isolated=is_isolated)
            # The last entry is the SDK's own, of which the zygote's modules are.
            if not sandbox.shadows(sandbox.python_path(spec, sources.places(), sources.opt)[:-1], zygote.modules):
                return self._plan(zygote, spec, resolution, sources, api_port, log_stream)
        launcher = await self._started(resolution, is_forked=False, is_isolated=is_isolated)
        plan = self._plan(launcher, spec, resolution, sources, api_port, log_stream)
        if resolution.language == "custom":
            argv = sandbox.custom_argv(spec, plan.places, sources.opt)
        else:
            argv = sandbox.argv(spec, resolution, plan.places, plan.start.path)
        return replace(plan, start=replace(plan.start, argv=argv))

    def _plan(
        self,
        launcher: Launcher,
        spec: FunctionSpec,
        resolution: Resolution,
        sources: Sources,
        api_port: int,
        log_stream: str,
    ) -> Plan:
        isolated = Places(packages=tuple(near[0] for near, _ in zip(PACKAGES, sources.packages, strict=False)))
        places = isolated if launcher.is_isolated else sources.places()
        start = Start(
            places.task,
            sandbox.variables(spec, resolution, places, api_port, log_stream),
            path=sandbox.python_path(spec, places, sources.opt) if resolution.language == "python" else [],
            bytecode=bool(spec.code.sha256),
            pycache=places.pycache,
            mounts=sources.mounts(spec),
        )
        is_tmp_limited = launcher.is_isolated and bool(start.mounts["tmp_mb"])
        return Plan(launcher, start, self._programs(start, sources, places), places, is_tmp_limited)

    @staticmethod
    def _programs(runtime: Start, sources: Sources, places: Places) -> tuple[Program, ...]:
        """The extensions of a function, in the runtime's own view of the machine."""
        variables = sandbox.extension_variables(runtime.environment)
        return tuple(
            Program(name, Start("/", variables, [f"{places.opt}/extensions/{name}"], mounts=runtime.mounts))
            for name in sandbox.extension_names(sources.opt)
        )

    async def _sources(self, spec: FunctionSpec, resolution: Resolution, tmp: Path) -> Sources:
        """The folders of a sandbox on this machine, made where they are not there yet. Raises OSError."""
        opt = layers.merged_place(spec.layers, self._work / "layers")
        if opt is not None and not opt.is_dir():
            await asyncio.to_thread(layers.merge, spec.layers, opt)
        # Of each code its own: at AWS's paths the files of all functions have the same names.
        name = hashlib.sha256(f"{spec.code.sha256 or spec.code.path} {opt}".encode()).hexdigest()[:32]
        pycache = self._work / "pycache" / name
        pycache.mkdir(parents=True, exist_ok=True)
        # A custom runtime has no interpreter of ours; it finds the system's programs there.
        programs = resolution.program.parent if resolution.language != "custom" else Path("/usr/bin")
        folders = (spec.code.path, opt, self._runtime_folder(resolution), tmp, pycache, programs)
        if resolution.language != "node":
            return Sources(*folders)
        packages = node_sdk.supplied(self._cache, spec.runtime)
        return Sources(*folders, packages, bool(packages) and not sandbox.has_packages(opt))

    async def close(self) -> None:
        """End every launcher and everything that they started."""
        for launcher in list(self._launchers.values()):
            await launcher.close()

    async def _started(self, resolution: Resolution, *, is_forked: bool, is_isolated: bool) -> Launcher:
        """A launcher that serves. Raises LaunchFailed."""
        launcher = self._launcher(resolution, is_forked=is_forked, is_isolated=is_isolated)
        await launcher.start()
        if is_isolated and self._hidden is not None and not launcher.is_isolated and not self._is_told:
            self._is_told = True
            log.info("functions run without namespaces: %s", launcher.isolation_refusal)
        return launcher

    def _launcher(self, resolution: Resolution, *, is_forked: bool, is_isolated: bool) -> Launcher:
        # Those that only exec differ by what is at /var/runtime.
        key = (str(resolution.program) if is_forked else resolution.language, is_isolated)
        launcher = self._launchers.get(key)
        if launcher is not None and not launcher.is_dead:
            return launcher
        if launcher is not None:
            self._tasks.start("bury a launcher", launcher.close())
        hidden = self._hidden if is_isolated else None
        program = resolution.program if is_forked else None
        launcher = Launcher(
            program, self._runtime_folder(resolution), self._work, hidden, self._entropy, self._launch_s_max
        )
        self._launchers[key] = launcher
        return launcher

    def _runtime_folder(self, resolution: Resolution) -> Path:
        folder = self._work / "runtime" / resolution.language
        if not folder.exists():
            folder.mkdir(parents=True)
            if resolution.language == "python":
                sandbox.make_runtime_folder(folder)
        return folder
