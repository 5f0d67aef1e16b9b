"""Parameters that are below a path, or that filters keep."""

from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.ssm import Ssm, api, filters, pages, rules, view

PAGE_SIZE = 10
_OLD_KEYS = {"Name": "BeginsWith", "Type": "Equals", "KeyId": "Equals"}


def get_parameters_by_path(
    call: Call, ssm: Ssm, request: api.GetParametersByPathRequest
) -> api.GetParametersByPathResult:
    """The parameters below a path, in order of name."""
    path, wanted = request["Path"], request.get("ParameterFilters", [])
    rules.check_path(path)
    filters.check(wanted, filters.BY_PATH)
    is_recursive = request.get("Recursive", False)
    below = [
        one
        for one in ssm.store.all_latest(call, path.rstrip("/"))
        if filters.is_below(one.name, path, is_recursive=is_recursive) and filters.fits(one, wanted)
    ]
    found, token = pages.page(below, request.get("MaxResults", PAGE_SIZE), request.get("NextToken", ""))
    is_decrypted = request.get("WithDecryption", False)
    result: api.GetParametersByPathResult = {
        "Parameters": [view.parameter(one, is_decrypted=is_decrypted) for one in found]
    }
    if token:
        result["NextToken"] = token
    return result


def describe_parameters(call: Call, ssm: Ssm, request: api.DescribeParametersRequest) -> api.DescribeParametersResult:
    """What is known of parameters beside their values, in order of name."""
    old, wanted = request.get("Filters", []), list(request.get("ParameterFilters", []))
    if old and wanted:
        raise ValidationException("You can use either Filters or ParameterFilters in a single request.")
    if request.get("Shared"):
        return {"Parameters": []}
    wanted += [{"Key": one["Key"], "Option": _OLD_KEYS[one["Key"]], "Values": one["Values"]} for one in old]
    filters.check(wanted, filters.DESCRIBED)
    kept = [one for one in ssm.store.all_latest(call) if filters.fits(one, wanted)]
    found, token = pages.page(kept, request.get("MaxResults", PAGE_SIZE), request.get("NextToken", ""))
    result: api.DescribeParametersResult = {"Parameters": [view.metadata(one) for one in found]}
    if token:
        result["NextToken"] = token
    return result
