"""``ai``: agents, tools and gateways of Bedrock AgentCore, which version 4 deploys beside functions.

Nothing here runs them; functions that are tools are made and can be invoked.
Source: https://github.com/serverless/examples, ``aws-bedrock-agentcore``.
"""

from stratolite.core.warning import Kind
from stratolite.templates.document import Map
from stratolite.templates.serverless.compilation import Compilation, refusal

SETTING = "ai"


def check_agents(work: Compilation) -> None:
    """Tell what is left out. Raises UserError where the application has to be whole."""
    given = work.service.document.get(SETTING)
    if given is None:
        return
    parts = ", ".join(given) if isinstance(given, Map) else ""
    what = f"Bedrock AgentCore is not run here, and what '{SETTING}' describes is left out: {parts or 'nothing'}"
    at = work.service.mark(SETTING)
    if not work.is_lenient:
        raise refusal(f"'{SETTING}' is not deployed by this version of Stratolite", at, "Take it out of the file.")
    work.warn(what, at, Kind.LEFT_OUT, about="resources")
