"""The Python runtime inside the sandbox: loads the function and serves its invocations over the Runtime API.

Runs in the interpreter that the function names (3.7 or later), forked from a zygote (``run_forked``) or as a script,
and imports nothing of Stratolite. It speaks HTTP/1.1 on a socket that it was given; an answer and the request for
the next invocation leave in one write. Behaviour and texts follow AWS's runtime interface client for Python
(https://github.com/aws/aws-lambda-python-runtime-interface-client).
"""

# ruff: noqa: BLE001 - whatever a function raises is its answer, not a fault of the runtime.
from __future__ import annotations

import importlib
import importlib.util
import json
import os
import re
import select
import socket
import sys
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from stratolite.engine.bootstrap.python_log import Log

BASE = "/2018-06-01/runtime"
GET_NEXT = f"GET {BASE}/invocation/next HTTP/1.1\r\nHost: runtime\r\n\r\n".encode()
ACCEPTED = b'HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: 16\r\n\r\n{"status":"OK"}\n'
READ_BYTES = 65536
NETWORK_VARIABLES = ("_STRATOLITE_ENDPOINT", "_STRATOLITE_REAL_AWS")
DEBUG_VARIABLES = ("_STRATOLITE_DEBUG_PORT", "_STRATOLITE_DEBUGPY")
RETIRED = re.compile(r"AWS_Lambda_python(2\.\d|3\.\d$)")
"""Runtimes below Python 3.10, whose libraries ask for names that are gone since."""
BESIDE = ("python_log", "python_json", "python_network", "python_retired", "python_two")
"""The other files of this folder; the last three are what only some functions need."""
STANDARD_PATH = list(sys.path)
"""The interpreter's own library; isolated mode (-I -S) puts nothing else here."""


def load_beside(name: str) -> Any:
    """Another file of this folder, as a module that the function does not see."""
    path = f"{__file__.rpartition('/')[0]}/{name}.py"
    spec = importlib.util.spec_from_file_location(f"bootstrap_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# A zygote loads them once for all: where it forks to, this folder need not be seen.
loaded = {} if __name__ == "__main__" else {name: load_beside(name) for name in BESIDE}


def beside(name: str) -> Any:
    """Another file of this folder, loaded before or now."""
    return loaded.get(name) or load_beside(name)


to_json: Callable[[object], str] = beside("python_json").to_json


class Fault(Exception):
    """An error that the runtime itself finds; ``kind`` is AWS's error type."""

    def __init__(self, kind: str, text: str, trace: list[str] | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.text = text
        self.trace = trace or []


class Channel:
    """The runtime's side of the Runtime API: one connection, kept alive, requests in order."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.buffer = bytearray()
        self.unsent = b""
        self.unread_answers = 0
        # Who waits in recv itself is also woken, for nothing, when the server reads what was sent.
        self.arrival = select.poll()
        if hasattr(select, "epoll"):
            # Data on a socket tells the kernel that its sender is about to wait, and the kernel hands the sender's
            # processor to whom it woke. The server goes on, though; a wake-up through an epoll promises nothing.
            self.inbox = select.epoll()
            self.inbox.register(connection, select.EPOLLIN)
            self.arrival.register(self.inbox, select.POLLIN)
        else:
            self.arrival.register(connection, select.POLLIN)

    def next(self) -> tuple[dict[str, str], bytes]:
        """Send what is to be sent, ask for the next invocation and wait for it: its headers and its payload."""
        self.connection.sendall(self.unsent + GET_NEXT)
        self.read_answers()
        return self.receive()

    def post(self, path: str, body: bytes, content_type: str, error_type: str = "") -> None:
        """Leave a request to be sent along with the next one."""
        head = f"POST {BASE}{path} HTTP/1.1\r\nHost: runtime\r\nContent-Type: {content_type}\r\n"
        if error_type:
            head += f"Lambda-Runtime-Function-Error-Type: {error_type}\r\n"
        self.unsent += f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body
        self.unread_answers += 1

    def flush(self) -> None:
        """Send what is to be sent and wait until it has been taken."""
        self.connection.sendall(self.unsent)
        self.read_answers()

    def read_answers(self) -> None:
        self.unsent = b""
        while self.unread_answers:
            self.unread_answers -= 1
            if not self.buffer:
                self.more()
            if self.buffer.startswith(ACCEPTED):
                del self.buffer[: len(ACCEPTED)]
            else:
                self.receive()

    def receive(self) -> tuple[dict[str, str], bytes]:
        buffer = self.buffer
        end = buffer.find(b"\r\n\r\n")
        while end < 0:
            self.more()
            end = buffer.find(b"\r\n\r\n")
        lines = buffer[:end].decode("utf-8").split("\r\n")
        headers = dict([line.split(": ", 1) for line in lines[1:]])  # Names as the server writes them.
        size = int(headers["Content-Length"])
        start = end + 4
        while len(buffer) < start + size:
            self.more()
        body = bytes(buffer[start : start + size])
        del buffer[: start + size]
        return headers, body

    def more(self) -> None:
        self.arrival.poll()
        data = self.connection.recv(READ_BYTES)
        if not data:
            os._exit(0)  # The server is gone.
        self.buffer += data


class Attributes:
    """An object with the named attributes, None where the source has none."""

    def __init__(self, names: tuple[str, ...], source: dict[str, Any]) -> None:
        for name in names:
            setattr(self, name, source.get(name))

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}([{','.join(f'{name}={value}' for name, value in vars(self).items())}])"


class CognitoIdentity(Attributes):
    """``context.identity``."""

    def __init__(self, sent: dict[str, Any] | None) -> None:
        self.cognito_identity_id = sent.get("cognitoIdentityId") if sent else None
        self.cognito_identity_pool_id = sent.get("cognitoIdentityPoolId") if sent else None


class Client(Attributes):
    """``context.client_context.client``."""


class ClientContext(Attributes):
    """``context.client_context``."""


CLIENT_FIELDS = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")


# The platform's variables as they were when the process began.
facts: dict[str, str] = {}


class LambdaContext:
    """``context``: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html"""

    def __init__(self, headers: dict[str, str], log: Log) -> None:
        self.aws_request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        self.log_group_name = facts.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = facts.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.function_name = facts.get("AWS_LAMBDA_FUNCTION_NAME")
        self.memory_limit_in_mb = facts.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.function_version = facts.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.invoked_function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn")
        self.tenant_id = None
        self.client_context: ClientContext | None = None
        client_context = header_json(headers, "Lambda-Runtime-Client-Context", "Client Context")
        if client_context is not None:
            self.client_context = ClientContext(("custom", "env", "client"), client_context)
            client = client_context.get("client")
            if client is not None:
                self.client_context.client = Client(CLIENT_FIELDS, client)  # type: ignore[attr-defined]
        identity = header_json(headers, "Lambda-Runtime-Cognito-Identity", "Cognito Identity")
        self.identity = CognitoIdentity(identity)
        self._deadline_ms = int(headers["Lambda-Runtime-Deadline-Ms"])
        self._log = log

    def get_remaining_time_in_millis(self) -> int:
        return max(0, self._deadline_ms - int(time.time() * 1000))

    def log(self, msg: object) -> None:
        self._log.write(str(msg))

    def __repr__(self) -> str:
        shown = {name: value for name, value in vars(self).items() if not name.startswith("_")}
        return f"LambdaContext([{','.join(f'{name}={value}' for name, value in shown.items())}])"


def header_json(headers: dict[str, str], name: str, what: str) -> Any:
    text = headers.get(name)
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError as error:
        raise Fault("Runtime.LambdaContextUnmarshalError", f"Unable to parse {what} JSON: {error}") from error


def make_error(text: str, kind: str, trace: list[str], request_id: str = "") -> dict[str, Any]:
    return {"errorMessage": text, "errorType": kind, "requestId": request_id, "stackTrace": trace}


def describe(error: BaseException, request_id: str = "") -> dict[str, Any]:
    """AWS's error object for what a function raised; the frames of this file are left out."""
    if isinstance(error, Fault):
        return make_error(error.text, error.kind, error.trace, request_id)
    frames = list(traceback.extract_tb(error.__traceback__))
    while frames and frames[0].filename == __file__:
        frames.pop(0)
    plain = [(frame.filename, frame.lineno or 0, frame.name, frame.line) for frame in frames]
    trace = traceback.format_list(plain)  # Without the markers under expressions, as AWS answers it.
    return make_error(str(error), type(error).__name__, trace, request_id)


def load_handler(name: str) -> Callable[[Any, LambdaContext], Any]:
    """The function that a handler setting names. Raises Fault, or what the module raised while it was loaded."""
    module_name, dot, attribute = name.rpartition(".")
    if not dot:
        text = f"Bad handler '{name}': not enough values to unpack (expected 2, got 1)"
        raise Fault("Runtime.MalformedHandlerName", text)
    if module_name.split(".")[0] in sys.builtin_module_names:
        text = f"Cannot use built-in module {module_name} as a handler module"
        raise Fault("Runtime.BuiltInModuleConflict", text)
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Fault("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        trace = [f'  File "{error.filename}" Line {error.lineno}\n    {error.text}']
        text = f"Syntax error in module '{module_name}': {error}"
        raise Fault("Runtime.UserCodeSyntaxError", text, trace) from error
    try:
        handler: Callable[[Any, LambdaContext], Any] = getattr(module, attribute)
    except AttributeError as error:
        text = f"Handler '{attribute}' missing on module '{module_name}'"
        raise Fault("Runtime.HandlerNotFound", text) from error
    return handler


def marshal(response: object) -> tuple[bytes, str]:
    if isinstance(response, bytes):
        return response, "application/unknown"
    try:
        return to_json(response).encode("utf-8", "surrogatepass"), "application/json"
    except Exception as error:
        raise Fault("Runtime.MarshalError", f"Unable to marshal response: {error}") from error


decode_usual = json.JSONDecoder().raw_decode


def unmarshal(payload: bytes) -> Any:
    try:
        text = payload.decode()
        value, end = decode_usual(text)
        if end == len(text):
            return value  # json.loads would look for encodings and blanks first: 2 µs.
    except (ValueError, RecursionError):
        pass  # It says below what is wrong, or that nothing is.
    try:
        return json.loads(payload)
    except Exception as error:
        raise Fault("Runtime.UnmarshalError", f"Unable to unmarshal input: {error}") from error


def point_here(endpoint: str, real: str) -> None:
    """Lead what the function sends to AWS's hosts to the local cloud; ``real`` are those that it may reach."""
    beside("python_network").Redirect(endpoint, real.split()).install()


def serve(channel: Channel, log: Log) -> NoReturn:
    """Load the function, then answer invocations until the process is killed."""
    try:
        handler = load_handler(os.environ["_HANDLER"])
    except Exception as error:
        described = describe(error)
        log.error(described)
        log.flush()
        channel.post("/init/error", to_json(described).encode(), "application/json", described["errorType"])
        channel.flush()
        sys.exit(1)
    while True:
        log.flush()
        headers, payload = channel.next()
        request_id = headers["Lambda-Runtime-Aws-Request-Id"]
        log.request_id = request_id
        trace_id = headers.get("Lambda-Runtime-Trace-Id")
        if trace_id is not None:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            body, content_type = marshal(handler(unmarshal(payload), LambdaContext(headers, log)))
        except Exception as error:
            described = describe(error, request_id)
            log.error(described)
            body = to_json(described).encode("utf-8", "surrogatepass")
            channel.post(f"/invocation/{request_id}/error", body, "application/json", described["errorType"])
        else:
            channel.post(f"/invocation/{request_id}/response", body, content_type)


def wait_for_debugger(port: int, folder: str) -> None:
    """Listen with debugpy, which is in ``folder`` unless the function brings its own, until an editor has attached."""
    os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"
    sys.path.append(folder)
    debugpy = importlib.import_module("debugpy")
    sys.path.remove(folder)
    del os.environ["PYDEVD_DISABLE_FILE_VALIDATION"]
    debugpy.listen(("127.0.0.1", port), in_process_debug_adapter=True)
    print(f"Waiting for a debugger on 127.0.0.1:{port}", flush=True)
    debugpy.wait_for_client()


def start(path: list[str], bytecode: bool, channel_fd: int) -> int:
    """Arrange the process as AWS does, and serve. Returns the exit status when the function ends the process."""
    sys.path[:] = [*path, *STANDARD_PATH]
    sys.argv = [os.environ.get("_HANDLER", "")]
    sys.dont_write_bytecode = not bytecode
    time.tzset()
    # Without `site` there is no exit() and no quit(), which AWS's interpreter has.
    import site

    site.setquit()
    site.setcopyright()
    endpoint, real = (os.environ.pop(name, "") for name in NETWORK_VARIABLES)
    facts.update(os.environ)
    log: Log = beside("python_log").Log()
    log.open()
    os.set_inheritable(channel_fd, False)
    if endpoint:
        point_here(endpoint, real)
    if RETIRED.match(os.environ.get("AWS_EXECUTION_ENV", "")):
        beside("python_retired").revive(os.environ["AWS_EXECUTION_ENV"])
        if os.environ["AWS_EXECUTION_ENV"].endswith("python2.7"):
            beside("python_two").install([os.environ.get("LAMBDA_TASK_ROOT", "/var/task"), "/opt/python"])
    debug_port, debugpy_folder = (os.environ.pop(name, "") for name in DEBUG_VARIABLES)
    if debug_port:
        wait_for_debugger(int(debug_port), debugpy_folder)
    try:
        serve(Channel(socket.socket(fileno=channel_fd)), log)
    except SystemExit as ending:
        if isinstance(ending.code, int) or ending.code is None:
            return (ending.code or 0) & 0xFF
        print(ending.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    finally:
        import atexit

        atexit._run_exitfuncs()
        log.flush()


def run_forked(environment: dict[str, str], path: list[str], bytecode: bool, channel_fd: int) -> int:
    """In a process forked from the zygote: become the runtime of one environment."""
    sys.modules["__main__"] = sys.modules[__name__]
    os.environ.clear()
    os.environ.update(environment)
    return start(path, bytecode, channel_fd)


if __name__ == "__main__":
    # python.py CHANNEL_FD BYTECODE PYCACHE_FOLDER PATH...
    _, _channel_fd, _bytecode, sys.pycache_prefix, *_path = sys.argv
    os._exit(start(_path, _bytecode == "1", int(_channel_fd)))
