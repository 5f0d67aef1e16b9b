"""The event ``rabbitmq``: queues of a broker of Amazon MQ, whose messages a function gets in batches.

Source: https://www.serverless.com/framework/docs-providers-aws-events-rabbitmq.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.brokers import make_queues
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.event import Event


def make(work: Compilation, events: Sequence[Event]) -> None:
    """Event source mappings, and what the default role needs for them, function by function."""
    make_queues(work, events, "RabbitMQ")
