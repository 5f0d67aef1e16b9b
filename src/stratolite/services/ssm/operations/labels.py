"""Labels: names for versions, each on one version at a time."""

from stratolite.core.call import Call
from stratolite.services.ssm import Ssm, api, lookup, rules


def label_parameter_version(
    call: Call, ssm: Ssm, request: api.LabelParameterVersionRequest
) -> api.LabelParameterVersionResult:
    """Put labels on a version (the newest unless one is named), taking them from where they were."""
    name, _ = lookup.named(request["Name"])
    wanted = request.get("ParameterVersion")
    version = lookup.require(call, ssm, f"{name}:{wanted}" if wanted else name)
    good, bad = rules.valid_labels(request["Labels"])
    labels = [*version.labels, *(label for label in dict.fromkeys(good) if label not in version.labels)]
    if len(labels) > rules.LABELS_MAX:
        raise api.ParameterVersionLabelLimitExceeded(
            f"An error occurred (ParameterVersionLabelLimitExceeded) when calling the LabelParameterVersion operation: "
            f"A parameter version can have maximum {rules.LABELS_MAX} labels."
            "Move one or more labels to another version and try again."
        )
    for other in ssm.store.versions(call, name):
        if other.version != version.version and set(other.labels) & set(good):
            ssm.store.set_labels(other, [label for label in other.labels if label not in good])
    ssm.store.set_labels(version, labels)
    return {"InvalidLabels": bad, "ParameterVersion": version.version}


def unlabel_parameter_version(
    call: Call, ssm: Ssm, request: api.UnlabelParameterVersionRequest
) -> api.UnlabelParameterVersionResult:
    """Take labels off a version; those that it does not have come back as invalid."""
    name, _ = lookup.named(request["Name"])
    version = lookup.require(call, ssm, f"{name}:{request['ParameterVersion']}")
    removed = [label for label in request["Labels"] if label in version.labels]
    ssm.store.set_labels(version, [label for label in version.labels if label not in removed])
    return {"RemovedLabels": removed, "InvalidLabels": [one for one in request["Labels"] if one not in removed]}
