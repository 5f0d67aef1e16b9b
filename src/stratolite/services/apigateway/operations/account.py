"""The account's settings in one region."""

from stratolite.core.call import Call
from stratolite.services.apigateway import Apigateway, api, patch, rules
from stratolite.storage.documents import Document, shown


def get_account(call: Call, apigateway: Apigateway, request: api.GetAccountRequest) -> api.Account:
    """The settings, with the limits that AWS gives every account."""
    assert not request, "GetAccount takes nothing"
    return shown(_account(call, apigateway), api.Account)


def update_account(call: Call, apigateway: Apigateway, request: api.UpdateAccountRequest) -> api.Account:
    """Set the role with which logs are written. Logs are written here without one."""
    document = _account(call, apigateway)
    for operation in patch.checked(request.get("patchOperations")):
        path, value = patch.path_of(operation), operation.get("value", "")
        if path == "/cloudwatchRoleArn" and operation["op"] in ("replace", "add"):
            document["cloudwatchRoleArn"] = value
            if not value:
                del document["cloudwatchRoleArn"]
        elif path == "/cloudwatchRoleArn" and operation["op"] == "remove":
            document.pop("cloudwatchRoleArn", None)
        elif path == "/features":
            rules.found(value if value == "UsagePlans" else None, f"Invalid feature specified: {value}")
        else:
            raise patch.invalid_path(path)
    apigateway.store.put(call, "account", "", "account", document)
    return shown(document, api.Account)


def _account(call: Call, apigateway: Apigateway) -> Document:
    return apigateway.store.get(call, "account", "", "account") or {
        "throttleSettings": {"burstLimit": rules.STAGE_BURST_DEFAULT, "rateLimit": rules.STAGE_RATE_DEFAULT},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
    }
