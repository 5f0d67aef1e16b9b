"""The event ``alexaSmartHome``: a skill of Alexa's for a smart home may call a function.

Source: https://www.serverless.com/framework/docs-providers-aws-events-alexa-smart-home.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.skills import permit


def make(work: Compilation, events: Sequence[Event]) -> None:
    """A permission for each skill."""
    permit(work, events, "alexaSmartHome", "alexa-connectedhome.amazon.com")
