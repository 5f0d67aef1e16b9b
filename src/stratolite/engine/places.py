"""Where a sandbox finds its code, its layers and its runtime: at AWS's own paths where the kernel makes that possible.

Without namespaces the folders of this machine take the place of /var/task, /opt, /var/runtime and /tmp, and paths that
the function's settings name are translated.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from stratolite.engine.model import FunctionSpec

BOOTSTRAPS = Path(__file__).parent / "bootstrap"
TRUST = "/var/trust"
"""Where a sandbox finds the authorities that this cloud has signed with: ``ca.pem``, and all in ``bundle.pem``."""
TMPFS_MB_MAX = 2048
"""A larger /tmp is a folder on disk, whose size is measured: memory is dearer than AWS's ephemeral storage."""


@dataclass(frozen=True, slots=True)
class Places:
    """Folders as a sandbox's processes see them."""

    task: str = "/var/task"
    opt: str = "/opt"
    runtime: str = "/var/runtime"
    rapid: str = "/var/rapid"
    """The built-in runtimes' own programs."""
    tmp: str = "/tmp"
    pycache: str = "/var/pycache"
    programs: str = "/var/lang/bin"
    """The folder of the interpreter."""
    packages: tuple[str, ...] = ()
    """Folders of packages that the runtime supplies, beyond those in ``runtime``: of Node.js."""

    @property
    def are_aws(self) -> bool:
        """Whether they are AWS's own."""
        return self.task == "/var/task"

    def within(self, path: str) -> str:
        """A path as the function's author writes it (/var/task/..., /opt/...), as it is in the sandbox."""
        for theirs, ours in (("/var/task", self.task), ("/opt", self.opt)):
            if path == theirs or path.startswith(f"{theirs}/"):
                return ours + path.removeprefix(theirs)
        return path


@dataclass(frozen=True, slots=True)
class Sources:
    """The same folders on this machine."""

    task: Path
    opt: Path | None
    """The layers, merged; None without any."""
    runtime: Path
    tmp: Path
    pycache: Path
    programs: Path
    packages: tuple[Path, ...] = ()
    """Folders of packages that the runtime supplies, that of its own SDK first."""
    are_packages_near: bool = True
    """Whether modules find them beside their own folder; not where layers come before them."""

    def places(self) -> Places:
        """Where a sandbox without namespaces finds them: right here."""
        return Places(
            task=str(self.task),
            opt=str(self.opt) if self.opt is not None else "/opt",
            runtime=str(self.runtime),
            rapid=str(BOOTSTRAPS),
            tmp=str(self.tmp),
            pycache=str(self.pycache),
            programs=str(self.programs),
            packages=tuple(map(str, self.packages)),
        )

    def mounts(self, spec: FunctionSpec) -> dict[str, str | int]:
        """What ``isolation.confine`` puts into a sandbox; a link would lead elsewhere from the launcher's root."""
        return {
            "task": os.path.realpath(self.task),
            "opt": os.path.realpath(self.opt) if self.opt is not None else "",
            "tmp": os.path.realpath(self.tmp),
            "tmp_mb": spec.tmp_mb if spec.tmp_mb <= TMPFS_MB_MAX else 0,
            "file_mb": spec.tmp_mb,
            "pycache": os.path.realpath(self.pycache),
            "programs": os.path.realpath(self.programs),
            "packages": os.path.realpath(self.packages[0]) if self.packages else "",
            "other_packages": os.path.realpath(self.packages[1]) if len(self.packages) > 1 else "",
            "are_packages_near": self.are_packages_near,
            "trust": os.path.realpath(spec.trust) if spec.trust is not None else "",
        }
