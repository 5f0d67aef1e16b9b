"""The account's limits and what it uses of them."""

from stratolite.core.call import Call
from stratolite.services.lambda_ import Lambda, api, rules
from stratolite.services.lambda_.domain import FunctionName


def get_account_settings(
    call: Call, lambda_: Lambda, request: api.GetAccountSettingsRequest
) -> api.GetAccountSettingsResponse:
    """Limits and usage."""
    count, size_bytes = lambda_.store.usage(call.account, call.region)
    size_bytes += lambda_.layers.usage(call.account, call.region)
    nobody = FunctionName(call.account, call.region, "")
    return {
        "AccountLimit": {
            "TotalCodeSize": rules.STORED_CODE_BYTES_MAX,
            "CodeSizeUnzipped": rules.UNZIPPED_BYTES_MAX,
            "CodeSizeZipped": rules.ZIP_BYTES_MAX,
            "ConcurrentExecutions": rules.CONCURRENCY_MAX,
            "UnreservedConcurrentExecutions": lambda_.provisioned.unreserved(nobody),
        },
        "AccountUsage": {"TotalCodeSize": size_bytes, "FunctionCount": count},
    }
