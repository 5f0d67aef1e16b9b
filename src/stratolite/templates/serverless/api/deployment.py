"""AWS::ApiGateway::Deployment: named by the time, so that each compilation deploys the API anew; and the endpoint."""

from collections.abc import Sequence

from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.rest_api import rest_api_id, stage_name
from stratolite.templates.serverless.compilation import Compilation


def make_deployment(work: Compilation, methods: Sequence[str]) -> str:
    """The deployment, after all its methods; its logical id."""
    service = work.service
    logical_id = naming.api_deployment(str(work.stamp_ms))
    properties = {
        "RestApiId": rest_api_id(service),
        "StageName": stage_name(service),
        "Description": service.section("apiGateway").get("description") or None,
    }
    work.put(logical_id, "AWS::ApiGateway::Deployment", properties, depends_on=list(methods))
    host = [rest_api_id(service), ".execute-api.", {"Ref": "AWS::Region"}, ".", {"Ref": "AWS::URLSuffix"}]
    url = {"Fn::Join": ["", ["https://", *host, f"/{service.stage}"]]}
    work.output("ServiceEndpoint", url, "URL of the service endpoint")
    return logical_id
