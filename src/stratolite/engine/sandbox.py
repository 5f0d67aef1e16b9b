"""What a sandbox is made of: its folders, its environment variables, its search paths and its command.

Everything that AWS's documentation lists for the runtimes is set, with the folders of this machine in the place of
/var/task, /var/runtime and /opt; nothing is inherited from the server.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import importlib.util
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from stratolite.engine.interpreters import Resolution
from stratolite.engine.launch.process import Start
from stratolite.engine.launch.zygote import PYTHON_BOOTSTRAP
from stratolite.engine.model import FunctionSpec, UnsupportedExtension

NODE_BOOTSTRAP = Path(__file__).parent / "bootstrap" / "node.mjs"
CHANNEL_FD = 3
INLINE_MAP = b"//# sourceMappingURL=data:"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
BUNDLED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
BUNDLED_DISTRIBUTIONS = (*BUNDLED, "python_dateutil")


class NoBootstrap(Exception):
    """A custom runtime without its ``bootstrap``."""


def make_runtime_folder(folder: Path) -> Path:
    """A folder of links to the SDK that AWS's Python runtime bundles, found beside our own interpreter."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in BUNDLED:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            continue
        origin = Path(spec.origin)
        source = origin.parent if origin.name == "__init__.py" else origin
        link(folder / source.name, source)
        for information in source.parent.glob("*.dist-info"):
            if information.name.split("-", 1)[0] in BUNDLED_DISTRIBUTIONS:
                link(folder / information.name, information)
    return folder


def link(path: Path, target: Path) -> None:
    """Make ``path`` a link to ``target``, whatever it was."""
    if path.is_symlink():
        if path.readlink() == target:
            return
        path.unlink()
    path.symlink_to(target)


def within(spec: FunctionSpec, path: str) -> str:
    """A path as the function's author writes it (/var/task/..., /opt/...) as it is on this machine."""
    if path == "/var/task" or path.startswith("/var/task/"):
        return str(spec.code.path) + path.removeprefix("/var/task")
    if path.startswith("/opt/"):
        for layer in reversed(spec.layers):
            if (layer / path.removeprefix("/opt/")).exists():
                return str(layer / path.removeprefix("/opt/"))
    return path


def python_path(spec: FunctionSpec, runtime: Path) -> list[str]:
    """Where a Python function's modules come from, ahead of the standard library: AWS's order."""
    own = [within(spec, entry) for entry in spec.environment.get("PYTHONPATH", "").split(":") if entry]
    layers = [
        str(layer / part)
        for layer in reversed(spec.layers)
        for part in (f"python/lib/{spec.runtime}/site-packages", "python")
        if (layer / part).is_dir()
    ]
    return [str(spec.code.path), *own, *layers, str(runtime)]


def shadows(folders: Iterable[str], modules: frozenset[str]) -> bool:
    """Whether any folder holds a module of a name that a zygote has already loaded: then a fork would miss it."""
    for folder in folders:
        try:
            names = [entry.name for entry in Path(folder).iterdir()]
        except (FileNotFoundError, NotADirectoryError):
            continue
        if any(name.split(".", 1)[0] in modules for name in names):
            return True
    return False


def node_path(spec: FunctionSpec, runtime: Path) -> str:
    version = spec.runtime.removeprefix("nodejs").removesuffix(".x")
    layers = [
        str(layer / "nodejs" / part)
        for layer in reversed(spec.layers)
        for part in (f"node{version}/node_modules", "node_modules")
    ]
    return ":".join([*layers, str(runtime / "node_modules"), str(runtime), str(spec.code.path)])


def variables(
    spec: FunctionSpec, resolution: Resolution, runtime: Path, tmp: Path, api_port: int, log_stream: str
) -> dict[str, str]:
    """The environment variables of a sandbox: defaults, then the function's own, then those that nobody may set."""
    layers = [str(layer) for layer in reversed(spec.layers)]
    code = str(spec.code.path)
    programs = [str(resolution.program.parent)] if resolution.language != "custom" else []
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": ":".join([*programs, SYSTEM_PATH, *(f"{layer}/bin" for layer in layers)]),
        "LD_LIBRARY_PATH": ":".join([code, f"{code}/lib", *(f"{layer}/lib" for layer in layers)]),
        "HOME": str(tmp),
        "TMPDIR": str(tmp),
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
    }
    if spec.log_format == "JSON":
        defaults |= {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": spec.application_log_level}
    if spec.endpoint_url:
        defaults["AWS_ENDPOINT_URL"] = spec.endpoint_url
    if resolution.language != "custom":
        defaults |= {"PWD": code, "SHLVL": "0"}
    if resolution.language == "python":
        defaults["PYTHONPATH"] = str(runtime)
        defaults["LC_CTYPE"] = "C.UTF-8"
    if resolution.language == "node":
        defaults["NODE_PATH"] = node_path(spec, runtime)
    fixed = {
        "_HANDLER": spec.handler,
        "LAMBDA_TASK_ROOT": code,
        "LAMBDA_RUNTIME_DIR": str(runtime),
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api_port}",
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        **spec.role_credentials,
    }
    if resolution.language != "custom":
        fixed["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    return {**defaults, **spec.environment, **fixed}


def refuse_extensions(spec: FunctionSpec) -> None:
    """Raise UnsupportedExtension when a layer has programs that AWS would run beside the runtime."""
    for layer in spec.layers:
        folder = layer / "extensions"
        for program in sorted(folder.iterdir()) if folder.is_dir() else ():
            raise UnsupportedExtension(
                f"The extension {program.name} of a layer is not run here.",
                where=spec.name,
                todo="Leave the layer out for local runs, or use an extension that works inside the runtime.",
            )


def wrapper(spec: FunctionSpec) -> list[str]:
    """The function's wrapper script, which is given the runtime's command: AWS_LAMBDA_EXEC_WRAPPER."""
    script = spec.environment.get("AWS_LAMBDA_EXEC_WRAPPER", "")
    return [within(spec, script)] if script else []


def forked(spec: FunctionSpec, environment: dict[str, str], path: list[str]) -> Start:
    """A Python runtime forked from a zygote."""
    return Start(str(spec.code.path), environment, path=path, bytecode=bool(spec.code.sha256))


def executed(
    spec: FunctionSpec, resolution: Resolution, environment: dict[str, str], path: list[str], pycache: Path
) -> Start:
    """A runtime that begins as a program of its own. Raises NoBootstrap."""
    program = str(resolution.program)
    if resolution.language == "python":
        bytecode = "1" if spec.code.sha256 else "0"
        argv = [
            program,
            "-I",
            "-S",
            "-X",
            "utf8",
            str(PYTHON_BOOTSTRAP),
            str(CHANNEL_FD),
            bytecode,
            str(pycache),
            *path,
        ]
    elif resolution.language == "node":
        # V8's own heap limit follows the memory of the function, as in AWS's runtime.
        flags = [
            f"--max-old-space-size={spec.memory_mb * 9 // 10}",
            *(["--enable-source-maps"] if is_built(spec) else []),
        ]
        argv = [program, *flags, str(NODE_BOOTSTRAP), str(CHANNEL_FD)]
    else:
        argv = [custom_bootstrap(spec)]
    return Start(str(spec.code.path), environment, [*wrapper(spec), *argv])


def is_built(spec: FunctionSpec) -> bool:
    """Whether the file of a Node handler was made from others and says so, beside it or at its end: the traces of its
    errors name the sources then."""
    module = spec.code.path / spec.handler.rpartition(".")[0]
    for suffix in (".js", ".mjs", ".cjs"):
        file = module.with_name(f"{module.name}{suffix}")
        if file.is_file():
            return file.with_name(f"{file.name}.map").is_file() or INLINE_MAP in file.read_bytes()
    return False


def custom_bootstrap(spec: FunctionSpec) -> str:
    for folder in (spec.code.path, *reversed(spec.layers)):
        if (folder / "bootstrap").is_file():
            return str(folder / "bootstrap")
    raise NoBootstrap("Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]")


def remove(folder: Path) -> None:
    """Remove a folder that a sandbox used, read-only parts included."""

    def allow(_function: object, path: str, _error: object) -> None:
        parent = Path(path).parent
        try:
            os.chmod(parent, 0o700)  # noqa: PTH101 - the hook of rmtree speaks in strings
            os.unlink(path)  # noqa: PTH108
        except OSError:
            return  # Someone else removes it at the same time, or it is not ours to remove.

    shutil.rmtree(folder, onerror=allow)
