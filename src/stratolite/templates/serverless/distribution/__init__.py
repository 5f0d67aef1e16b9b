"""A distribution of CloudFront's, with functions at its edges.

``edges`` reads events and prepares their functions, ``origins`` and ``behaviors`` are its parts, ``resources`` makes
it; ``cache_policies`` makes what ``provider.cloudFront`` describes.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.distribution.behaviors import Behaviors
from stratolite.templates.serverless.distribution.edges import Edge
from stratolite.templates.serverless.distribution.origins import Origins
from stratolite.templates.serverless.distribution.resources import make_resources

REGION = "us-east-1"
"""Where functions have to be that edges replicate."""


def make_distribution(work: Compilation, edges: Sequence[Edge]) -> None:
    """All of it. Raises UserError for edges that contradict each other."""
    if work.service.region != REGION:
        what = f"functions of CloudFront have to be in {REGION}, and the service is in {work.service.region}"
        raise refusal(what, edges[0].event.at, f"Deploy it with --region {REGION}.")
    origins, behaviors = Origins(), Behaviors()
    for edge in edges:
        origin = origins.add(edge)
        behaviors.add(edge, origin["Id"])
    make_resources(work, edges, origins.found, behaviors.in_order(origins))
