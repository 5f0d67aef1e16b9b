"""The event ``cloudFront``: functions at the edges of a distribution that the service makes.

Source: https://www.serverless.com/framework/docs-providers-aws-events-cloudfront.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.distribution import make_distribution
from stratolite.templates.serverless.distribution.edges import read_edge
from stratolite.templates.serverless.event import Event


def make(work: Compilation, events: Sequence[Event]) -> None:
    """The distribution with its origins and behaviors, and permissions."""
    make_distribution(work, [read_edge(work, event) for event in events])
