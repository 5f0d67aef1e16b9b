"""Published versions."""

from stratolite.core.call import Call
from stratolite.core.errors import NotImplementedHere
from stratolite.services.lambda_ import Lambda, api, publishing, rules, view
from stratolite.services.lambda_.names import function_name, invalid

LISTED_MAX = 50


def publish_version(call: Call, lambda_: Lambda, request: api.PublishVersionRequest) -> api.FunctionConfiguration:
    """Make a version of ``$LATEST``; the last one again when nothing has changed since."""
    if request.get("PublishTo"):
        raise NotImplementedHere("PublishTo is not implemented by this version of Stratolite.")
    name = function_name(call, request["FunctionName"])
    latest = lambda_.store.require_version(name.with_qualifier(""))
    rules.check_revision(request.get("RevisionId"), latest.revision_id)
    wanted = request.get("CodeSha256")
    if wanted and wanted != latest.code.sha256:
        raise invalid(
            f"CodeSHA256 ({wanted}) is different from current CodeSHA256 in $LATEST ({latest.code.sha256}). "
            "Please try again with the CodeSHA256 in $LATEST."
        )
    version = publishing.publish(call, lambda_, latest, request.get("Description"))
    return view.active(version, qualified=True)


def list_versions_by_function(
    call: Call, lambda_: Lambda, request: api.ListVersionsByFunctionRequest
) -> api.ListVersionsByFunctionResponse:
    """``$LATEST`` and every published version, in order."""
    name = function_name(call, request["FunctionName"]).with_qualifier("")
    lambda_.store.require_function(name)
    limit = min(request.get("MaxItems", LISTED_MAX), LISTED_MAX)
    marker = request.get("Marker", "")
    after = int(marker) if marker.isdigit() else -1
    versions = [version for version in lambda_.store.versions(name) if version.number > after]
    answer: api.ListVersionsByFunctionResponse = {
        "Versions": [view.configuration(version, qualified=True) for version in versions[:limit]]
    }
    if len(versions) > limit:
        answer["NextMarker"] = str(versions[limit - 1].number)
    return answer
