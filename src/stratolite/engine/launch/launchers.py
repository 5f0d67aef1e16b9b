"""The launchers of an engine: a zygote for each Python interpreter, a plain launcher for everything else.

Decides how the first process of an environment comes to be: forked from the zygote, unless the function brings
modules of names that the zygote has loaded already, or a wrapper script; then it begins as a program of its own.
"""

from pathlib import Path

from stratolite.core.entropy import Entropy
from stratolite.core.tasks import Supervisor
from stratolite.engine import sandbox
from stratolite.engine.interpreters import Resolution
from stratolite.engine.launch.process import Start
from stratolite.engine.launch.zygote import Launcher
from stratolite.engine.model import FunctionSpec


class Launchers:
    """Launchers by interpreter, started when they are first needed, replaced when they have died."""

    def __init__(self, work: Path, entropy: Entropy, launch_s_max: float, tasks: Supervisor) -> None:
        self._work = work
        self._entropy = entropy
        self._launch_s_max = launch_s_max
        self._tasks = tasks
        self._launchers: dict[str, Launcher] = {}

    async def prepare(self, resolution: Resolution) -> None:
        """Start the launcher that environments of this runtime will come from. Raises LaunchFailed."""
        await self._launcher(resolution, is_forked=resolution.language == "python").start()

    async def plan(
        self, spec: FunctionSpec, resolution: Resolution, tmp: Path, api_port: int, log_stream: str
    ) -> tuple[Launcher, Start]:
        """Who makes an environment's process, and from what. Raises LaunchFailed, NoBootstrap, UnsupportedExtension."""
        sandbox.refuse_extensions(spec)
        runtime = self._runtime_folder(resolution)
        variables = sandbox.variables(spec, resolution, runtime, tmp, api_port, log_stream)
        path = sandbox.python_path(spec, runtime) if resolution.language == "python" else []
        if resolution.language == "python" and not sandbox.wrapper(spec):
            zygote = self._launcher(resolution, is_forked=True)
            await zygote.start()
            # The last entry is the SDK's own, of which the zygote's modules are.
            if not sandbox.shadows(path[:-1], zygote.modules):
                return zygote, sandbox.forked(spec, variables, path)
        start = sandbox.executed(spec, resolution, variables, path, self._work / "pycache")
        return self._launcher(resolution, is_forked=False), start

    async def close(self) -> None:
        """End every launcher and everything that they started."""
        for launcher in list(self._launchers.values()):
            await launcher.close()

    def _launcher(self, resolution: Resolution, *, is_forked: bool) -> Launcher:
        name = str(resolution.program) if is_forked else ""
        launcher = self._launchers.get(name)
        if launcher is not None and not launcher.is_dead:
            return launcher
        if launcher is not None:
            self._tasks.start("bury a launcher", launcher.close())
        if is_forked:
            runtime = self._runtime_folder(resolution)
            launcher = Launcher.zygote(resolution.program, runtime, self._work, self._entropy, self._launch_s_max)
        else:
            launcher = Launcher.plain(self._work, self._entropy, self._launch_s_max)
        self._launchers[name] = launcher
        return launcher

    def _runtime_folder(self, resolution: Resolution) -> Path:
        folder = self._work / "runtime" / resolution.language
        if resolution.language == "python" and not folder.exists():
            sandbox.make_runtime_folder(folder)
        return folder
