"""The event ``alexaSkill``: a skill of Alexa's may call a function.

Source: https://www.serverless.com/framework/docs-providers-aws-events-alexa-skill.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event
from stratolite.templates.serverless.skills import permit


def make(work: Compilation, events: Sequence[Event]) -> None:
    """A permission for each skill."""
    permit(work, events, "alexaSkill", "alexa-appkit.amazon.com")
