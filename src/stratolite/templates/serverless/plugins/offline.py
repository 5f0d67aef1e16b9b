"""serverless-offline: what ``custom.serverless-offline`` says of serving deployed APIs on one machine.

Settings that have a meaning here act; the others are needed by nothing here, or are told. Where ``cors*`` is not set,
APIs say to pages of other origins what they say on AWS, rather than what the plugin adds to every response.
Source: https://github.com/dherault/serverless-offline, ``src/config`` (8.8.1 and 13.9.0).
"""

from typing import Any

from stratolite.core.serving import Cors, Serving
from stratolite.core.warning import Kind
from stratolite.templates.document import Map, map_at, mark_of, value_at
from stratolite.templates.javascript import text_of, truthy
from stratolite.templates.serverless.warned import Warn

NAME = "serverless-offline"
PROVIDER = "customAuthenticationProvider"
HEADERS_DEFAULT = "accept,content-type,x-api-key,authorization"
EXPOSED_DEFAULT = "WWW-Authenticate,Server-Authorization"
HERE = ("localhost", "127.0.0.1", "::1")
PORT_MAX = 65535

ACTS = {
    "httpPort": "the port of deployed APIs, unless `--app-port` or `STRATOLITE_APP_PORT` says another one",
    "port": "as `httpPort`: its name in older versions",
    "lambdaPort": "a further port of the AWS APIs, where functions are invoked: 3002 unless it is set",
    "websocketPort": "a further port of deployed APIs; WebSockets need not name their stage: 3001 unless it is set",
    "prefix": "paths of requests may begin with it, before the stage",
    "noPrependStageInUrl": "REST APIs answer without their stage in the path as well",
    "noAuth": "authorizers, signatures and API keys are not asked for; events have what the token says, unverified, or "
    "the request itself in a header `sls-offline-authorizer-override`",
    "apiKey": "a key that opens every method that asks for one",
    "ignoreJWTSignature": "tokens of HTTP APIs and user pools are believed without a signature; the rest of them is "
    "judged",
    "corsAllowOrigin": "where one of these is set, responses that say nothing to pages of other origins say this, and "
    "preflight requests that no route takes are answered",
    "corsAllowHeaders": "what those preflight requests are allowed",
    "corsExposedHeaders": "what pages may read of responses",
    "corsDisallowCredentials": "whether pages may not send credentials (`corsAllowCredentials: false` as well)",
    "corsAllowCredentials": "the same, in older versions",
}
"""What acts here, and how."""

DEFAULTS = {"webSocketHardTimeout": 7200, "webSocketIdleTimeout": 600}
TOLD = {
    "host": "`up` listens on this machine alone; `--host` chooses another address",
    "httpsProtocol": "APIs answer by http",
    "noTimeout": "time-outs are kept; `--debug` waits",
    "disableScheduledEvents": "schedules run; `enabled: false` stops one",
    "webSocketHardTimeout": "connections last two hours at most, as on AWS; the clock of a local cloud can be moved",
    "webSocketIdleTimeout": "silent connections last ten minutes, as on AWS; the clock of a local cloud can be moved",
    "localEnvironment": "functions have their own environment alone",
    PROVIDER: "it is JavaScript of the project's, which is not run: authorizers act as on AWS",
}
"""What does not act here, and is warned of where it is set to anything but its default."""

UNNEEDED = {
    "albPort": "events of load balancers are not run yet, which is told of the events",
    "useChildProcesses": "every environment is a process of its own",
    "useWorkerThreads": "every environment is a process of its own",
    "useInProcess": "every environment is a process of its own",
    "useSeparateProcesses": "every environment is a process of its own",
    "useDocker": "functions run without containers",
    "dockerHost": "functions run without containers",
    "dockerHostServicePath": "functions run without containers",
    "dockerNetwork": "functions run without containers",
    "dockerReadOnly": "functions run without containers",
    "layersDir": "layers lie in the data folder",
    "allowCache": "edits are taken up, and environments keep what they have loaded until then",
    "reloadHandler": "edits are taken up, and environments keep what they have loaded until then",
    "skipCacheInvalidation": "edits are taken up, and environments keep what they have loaded until then",
    "cacheInvalidationRegex": "edits are taken up, and environments keep what they have loaded until then",
    "preLoadModules": "environments load what their functions require",
    "functionCleanupIdleTimeSeconds": "idle environments end by themselves",
    "terminateIdleLambdaTime": "idle environments end by themselves",
    "resourceRoutes": "methods that `resources` make are served like all others",
    "disableCookieValidation": "cookies are handed on as they come",
    "enforceSecureCookies": "cookies are handed on as they come",
    "noStripTrailingSlashInUrl": "slashes at the end mean what they mean on AWS",
    "printOutput": "what functions print is shown",
    "dontPrintOutput": "what functions print is shown",
    "hideStackTraces": "responses hold no traces, as on AWS",
    "noSponsor": "there is nothing of the kind",
    "verbose": "logs are shown as they come",
    "stage": "the stage is that of the service",
    "region": "the region is that of the service",
    "location": "the service lies where its file is",
    "exec": "nothing is run after the start",
}
"""What need not be read, and why."""


def read(document: Map, stage: str, warn: Warn) -> tuple[int | None, Serving]:
    """The port at which APIs are wanted, if any, and how they are served. ``warn`` hears of what does not act."""
    settings = _settings(document)
    for name in settings:
        if name not in ACTS and name not in UNNEEDED and not (name in TOLD and _is_default(name, settings[name])):
            why = TOLD.get(name, "there is no such setting")
            what = f"custom.{NAME}.{name} has no effect: {why}"
            warn(what, mark_of(settings, name), Kind.NO_EFFECT, about="plugins")
    old = value_at(document, "custom", "offline")
    if isinstance(old, Map) and truthy(old.get(PROVIDER)):
        what = f"custom.offline.{PROVIDER} has no effect: {TOLD[PROVIDER]}"
        warn(what, mark_of(old, PROVIDER), Kind.NO_EFFECT, about="plugins")
    serving = serving_of(settings, stage)
    serving.has_websocket_root = has_websockets(document)
    return _port(settings, warn), serving


def serving_of(settings: Map, stage: str) -> Serving:
    """How APIs are served."""
    prefix = str(settings.get("prefix") or "").strip("/")
    return Serving(
        prefix=f"/{prefix}" if prefix else "",
        stage=stage if _is_set(settings, "noPrependStageInUrl") else "",
        cors=_cors(settings),
        lets_everybody_in=_is_set(settings, "noAuth"),
        api_key=text_of(settings["apiKey"]) if isinstance(settings.get("apiKey"), str | int) else "",
        trusts_tokens=_is_set(settings, "ignoreJWTSignature"),
    )


def has_websockets(document: Map) -> bool:
    """Whether a function has events of WebSocket APIs."""
    given = document.get("functions")
    parts = [part for part in (given if isinstance(given, list) else [given]) if isinstance(part, Map)]
    functions = [one for part in parts for one in part.values() if isinstance(one, Map)]
    events = [one["events"] for one in functions if isinstance(one.get("events"), list)]
    return any("websocket" in event for several in events for event in several if isinstance(event, Map))


def _settings(document: Map) -> Map:
    return map_at(document, "custom", NAME)


def _is_set(settings: Map, name: str) -> bool:
    """Options of a command line can be texts."""
    value = settings.get(name)
    return truthy(value) and value != "false"


def _is_default(name: str, value: Any) -> bool:
    return not truthy(value) or value in ("false", DEFAULTS.get(name)) or (name == "host" and value in HERE)


def _port(settings: Map, warn: Warn) -> int | None:
    for name in ("httpPort", "port"):
        given = settings.get(name)
        if given is None:
            continue
        text = text_of(given) if isinstance(given, str | int | float) else ""
        if text.isascii() and text.isdigit() and 0 < int(text) <= PORT_MAX:
            return int(text)
        what = f"custom.{NAME}.{name} has no effect: {given!r} is no port"
        warn(what, mark_of(settings, name), Kind.MISTAKE, about="plugins")
    return None


def _cors(settings: Map) -> Cors | None:
    if not any(name.startswith("cors") for name in settings):
        return None
    origins = str(settings.get("corsAllowOrigin") or "*")
    return Cors(
        origins=tuple(each.strip() for each in origins.split(",")),
        headers=str(settings.get("corsAllowHeaders") or HEADERS_DEFAULT),
        exposed=str(settings.get("corsExposedHeaders") or EXPOSED_DEFAULT),
        credentials=settings.get("corsAllowCredentials") is not False
        and not _is_set(settings, "corsDisallowCredentials"),
    )
