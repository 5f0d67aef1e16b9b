"""Exports: what a stage serves, as a definition (``openapi/export.py``)."""

import json
from datetime import UTC, datetime

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, documentation, rules
from stratolite.services.apigateway.openapi.definition import DOCUMENTATION
from stratolite.services.apigateway.openapi.export import OAS30, SWAGGER, Export

_EXTENSIONS = ("apigateway", "integrations", "authorizers", "documentation")


def get_export(call: Call, apigateway: Apigateway, request: api.GetExportRequest) -> api.ExportResponse:
    """The definition of a stage's deployment, as JSON or YAML.

    https://docs.aws.amazon.com/apigateway/latest/api/API_GetExport.html
    """
    api_id, kind, store = request["restApiId"], request["exportType"], apigateway.store
    stage = rules.found(store.get(call, "stage", api_id, request["stageName"]), rules.NO_STAGE)
    if kind not in (SWAGGER, OAS30):
        raise api.BadRequestException(f"No API exporter for type '{kind}'")
    extensions = (request.get("parameters") or {}).get("extensions", "")
    asked = {each.strip() for each in extensions.split(",") if each.strip()}
    for unknown in sorted(asked - set(_EXTENSIONS)):
        rules.unimplemented(f"extensions={unknown}", f"definitions have {', '.join(_EXTENSIONS)}")
    snapshot = rules.found(store.get(call, "snapshot", api_id, stage["deploymentId"]), rules.NO_DEPLOYMENT)
    deployment = rules.found(store.get(call, "deployment", api_id, stage["deploymentId"]), rules.NO_DEPLOYMENT)
    version = snapshot["api"].get("version") or _moment(deployment["createdDate"])
    export = Export(
        snapshot=snapshot,
        host=f"{api_id}.execute-api.{call.region}.amazonaws.com",
        stage=stage["stageName"],
        version=version,
        is_swagger=kind == SWAGGER,
        with_integrations=bool(asked & {"apigateway", "integrations"}),
        with_authorizers=bool(asked & {"apigateway", "authorizers"}),
    )
    document = export.document()
    named = stage.get("documentationVersion")
    if named and asked & {"apigateway", "documentation"}:
        told = rules.found(store.get(call, "documentation_version", api_id, named), documentation.NO_VERSION)
        document[DOCUMENTATION] = documentation.exported(told, _moment(told["createdDate"]))
    form = "yaml" if "yaml" in (request.get("accepts") or "") else "json"
    return {
        # Recorded: not the type that was asked for.
        "contentType": "application/octet-stream",
        "contentDisposition": f'attachment; filename="{kind}_{version}.{form}"',
        "body": _written(document, form),
    }


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _written(document: dict[str, object], form: str) -> bytes:
    if form == "json":
        return json.dumps(document, indent=2).encode()
    # Slow to import: only exports as YAML pay for it.
    import yaml

    return yaml.safe_dump(json.loads(json.dumps(document)), sort_keys=False).encode()
