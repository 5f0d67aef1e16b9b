"""What a sandbox is made of: its folders, its environment variables, its search paths and its command.

Everything that AWS's documentation lists for the runtimes is set; nothing is inherited from the server. Which folders
stand in it is said by ``places.py``.

Source: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
"""

import importlib.util
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from stratolite.engine import debugger
from stratolite.engine.executables import why_not_executed
from stratolite.engine.interpreters import Resolution
from stratolite.engine.model import FunctionSpec
from stratolite.engine.places import TRUST, Places

CHANNEL_FD = 3
OF_RUNTIME_ALONE = frozenset(
    {
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_XRAY_CONTEXT_MISSING",
        "AWS_XRAY_DAEMON_ADDRESS",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
        "_AWS_XRAY_DAEMON_ADDRESS",
        "_AWS_XRAY_DAEMON_PORT",
        "_STRATOLITE_ENDPOINT",
        "_STRATOLITE_REAL_AWS",
        "_HANDLER",
    }
)
"""https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html#runtimes-extensions-registration-api-d"""
INLINE_MAP = b"//# sourceMappingURL=data:"
SYSTEM_PATH = "/usr/local/bin:/usr/bin/:/bin"
RUNTIME_LIBRARIES = "/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:"
BUNDLED = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")
BUNDLED_DISTRIBUTIONS = (*BUNDLED, "python_dateutil")


class NoBootstrap(Exception):
    """A custom runtime without its ``bootstrap``, or with one that cannot be executed here."""


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


def python_path(spec: FunctionSpec, places: Places, opt: Path | None) -> list[str]:
    """Where a Python function's modules come from, ahead of the standard library: AWS's order.

    ``opt`` is where the layers are on this machine.
    """
    own = [places.within(entry) for entry in spec.environment.get("PYTHONPATH", "").split(":") if entry]
    layers = [
        f"{places.opt}/{part}"
        for part in (f"python/lib/{spec.runtime}/site-packages", "python")
        if opt is not None and (opt / part).is_dir()
    ]
    return [places.task, *own, *layers, places.runtime]


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


def has_libraries(task: Path, opt: Path | None) -> bool:
    """Whether code or layers bring libraries for LD_LIBRARY_PATH, which the linker reads when a program begins."""
    folders = [task, task / "lib", *([opt / "lib"] if opt is not None else [])]
    return any(folder.is_dir() and any(folder.glob("lib*.so*")) for folder in folders)


def node_path(spec: FunctionSpec, places: Places) -> str:
    version = spec.runtime.removeprefix("nodejs").removesuffix(".x")
    layers = [f"{places.opt}/nodejs/{part}" for part in (f"node{version}/node_modules", "node_modules")]
    packages = dict.fromkeys([f"{places.runtime}/node_modules", *places.packages])
    return ":".join([*layers, *packages, places.runtime, places.task])


def has_packages(opt: Path | None) -> bool:
    """Whether layers bring packages of Node.js."""
    return opt is not None and any(any(opt.glob(f"nodejs/{part}")) for part in ("node_modules", "node*/node_modules"))


def variables(
    spec: FunctionSpec, resolution: Resolution, places: Places, api_port: int, log_stream: str
) -> dict[str, str]:
    """The environment variables of a sandbox: defaults, then the function's own, then those that nobody may set."""
    task = places.task
    defaults = {
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "PATH": f"{SYSTEM_PATH}:{places.opt}/bin",
        "LD_LIBRARY_PATH": f"{RUNTIME_LIBRARIES if places.are_aws else ''}{task}:{task}/lib:{places.opt}/lib",
        "HOME": places.tmp,
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:2000",
        "_AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1",
        "_AWS_XRAY_DAEMON_PORT": "2000",
    }
    if not places.are_aws:
        defaults["TMPDIR"] = places.tmp
    if spec.runtime != "provided.al2":  # Its image has no folder of a language.
        defaults["PATH"] = f"{places.programs}:{defaults['PATH']}"
        if places.are_aws:
            defaults["LD_LIBRARY_PATH"] = f"/var/lang/lib:{defaults['LD_LIBRARY_PATH']}"
    if spec.log_format == "JSON":
        defaults |= {"AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": spec.application_log_level}
    if spec.endpoint_url:
        defaults["AWS_ENDPOINT_URL"] = spec.endpoint_url
    if spec.trust is not None:
        folder = TRUST if places.are_aws else str(spec.trust)
        defaults |= {"NODE_EXTRA_CA_CERTS": f"{folder}/ca.pem", "SSL_CERT_FILE": f"{folder}/bundle.pem"}
    if resolution.language != "custom":
        defaults |= {"PWD": task, "SHLVL": "0"}
    if resolution.language == "python":
        defaults["PYTHONPATH"] = places.runtime
        if spec.runtime not in ("python3.9", "python3.10", "python3.11"):
            defaults["LC_CTYPE"] = "C.UTF-8"
    if resolution.language == "node":
        defaults["NODE_PATH"] = node_path(spec, places)
    if spec.endpoint_url and resolution.language != "custom":
        # The built-in runtimes take these away before the function is loaded.
        defaults |= {"_STRATOLITE_ENDPOINT": spec.endpoint_url, "_STRATOLITE_REAL_AWS": " ".join(spec.real_hosts)}
    if spec.debug_port:
        defaults |= debugger.variables(spec, resolution)
    fixed = {
        "_HANDLER": spec.handler,
        "LAMBDA_TASK_ROOT": task,
        "LAMBDA_RUNTIME_DIR": places.runtime,
        "AWS_LAMBDA_FUNCTION_NAME": spec.name,
        "AWS_LAMBDA_FUNCTION_VERSION": spec.version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(spec.memory_mb),
        "AWS_LAMBDA_LOG_GROUP_NAME": spec.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": log_stream,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "provisioned-concurrency" if spec.is_provisioned else "on-demand",
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{api_port}",
        "AWS_REGION": spec.region,
        "AWS_DEFAULT_REGION": spec.region,
        **spec.role_credentials,
    }
    if resolution.language != "custom":
        fixed["AWS_EXECUTION_ENV"] = f"AWS_Lambda_{spec.runtime}"
    return {**defaults, **spec.environment, **fixed}


def extension_names(opt: Path | None) -> list[str]:
    """The programs in the layers that are started beside the runtime."""
    folder = opt / "extensions" if opt is not None else None
    if folder is None or not folder.is_dir():
        return []
    return sorted(program.name for program in folder.iterdir() if not program.is_dir())


def extension_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Of the runtime's environment variables, those that an extension gets."""
    return {name: value for name, value in variables.items() if name not in OF_RUNTIME_ALONE}


def wrapper(spec: FunctionSpec, places: Places) -> list[str]:
    """The function's wrapper script, which is given the runtime's command: AWS_LAMBDA_EXEC_WRAPPER."""
    script = spec.environment.get("AWS_LAMBDA_EXEC_WRAPPER", "")
    return [places.within(script)] if script else []


def argv(spec: FunctionSpec, resolution: Resolution, places: Places, path: list[str]) -> list[str]:
    """The command of a Python or Node runtime that begins as a program of its own, its wrapper script first."""
    program, rapid = str(resolution.program), places.rapid
    if resolution.language == "node" and places.are_aws:
        program = f"{places.programs}/{resolution.program.name}"
    if resolution.language == "python":
        bytecode = "1" if spec.code.sha256 else "0"
        flags = ["-I", "-S", "-X", "utf8", f"{rapid}/python.py", str(CHANNEL_FD), bytecode, places.pycache, *path]
    else:
        # V8's own heap limit follows the memory of the function, as in AWS's runtime.
        flags = [f"--max-old-space-size={spec.memory_mb * 9 // 10}"]
        flags += ["--enable-source-maps"] if is_built(spec) else []
        flags += [f"{rapid}/node.mjs", str(CHANNEL_FD)]
    return [*wrapper(spec, places), program, *flags]


def is_built(spec: FunctionSpec) -> bool:
    """Whether the file of a Node handler was made from others and says so, beside it or at its end: the traces of its
    errors name the sources then."""
    module = spec.code.path / spec.handler.rpartition(".")[0]
    for suffix in (".js", ".mjs", ".cjs"):
        file = module.with_name(f"{module.name}{suffix}")
        if file.is_file():
            return file.with_name(f"{file.name}.map").is_file() or INLINE_MAP in file.read_bytes()
    return False


def custom_argv(spec: FunctionSpec, places: Places, opt: Path | None) -> list[str]:
    """The command of a custom runtime, its wrapper script first. Raises NoBootstrap."""
    for source, place, name in ((spec.code.path, places.task, "/var/task"), (opt, places.opt, "/opt")):
        if source is not None and (source / "bootstrap").is_file():
            fault = why_not_executed(source / "bootstrap")
            if fault:
                raise NoBootstrap(f"fork/exec {name}/bootstrap: {fault}")
            return [*wrapper(spec, places), f"{place}/bootstrap"]
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
