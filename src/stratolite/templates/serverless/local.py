"""What the plugins of a file say of running it on one machine: no part of the template, and nothing for AWS.

Each plugin that has such settings reads its own: ``plugins/``.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Local:
    """How the application is served on this machine; the defaults are what a file without such plugins means."""

    app_port: int | None = None
    """Where deployed APIs are wanted (``custom.serverless-offline.httpPort``); None where the file does not say."""
    host: str | None = None
    """The address to listen on (``custom.serverless-offline.host``)."""
    prefix: str = ""
    """What stands before every path of a deployed API besides its stage, without slashes around it."""
    has_stage_in_paths: bool = True
    """Whether paths of REST APIs begin with their stage (``noPrependStageInUrl``)."""
