"""The REST API of a service: one AWS::ApiGateway::RestApi with a resource a path and a method an event ``http``.

``request`` reads what an event says, ``paths`` knows the tree of paths; each other room makes one kind of resource.
Source: https://www.serverless.com/framework/docs-providers-aws-events-apigateway.
"""

from collections.abc import Sequence

from stratolite.templates.serverless.api.authorizers import make_authorizers
from stratolite.templates.serverless.api.cors import make_preflights
from stratolite.templates.serverless.api.deployment import make_deployment
from stratolite.templates.serverless.api.methods import make_methods
from stratolite.templates.serverless.api.paths import make_paths
from stratolite.templates.serverless.api.permissions import make_permissions
from stratolite.templates.serverless.api.plans import make_plans
from stratolite.templates.serverless.api.request import Route
from stratolite.templates.serverless.api.rest_api import make_rest_api
from stratolite.templates.serverless.api.stage import make_stage
from stratolite.templates.serverless.api.validation import make_validators
from stratolite.templates.serverless.compilation import Compilation


def make_api(work: Compilation, routes: Sequence[Route]) -> None:
    """Everything of the API, in the order in which the framework adds it."""
    make_rest_api(work)
    paths = make_paths(work, routes)
    methods = [*make_preflights(work, routes, paths), *make_methods(work, routes, paths)]
    make_validators(work, routes)
    make_authorizers(work, routes)
    deployment = make_deployment(work, methods)
    make_plans(work, deployment)
    make_permissions(work, routes)
    make_stage(work)
