"""What a name in a request means: a parameter's name or ARN, with a version or label behind a colon."""

from stratolite.core.arn import Arn
from stratolite.core.call import Call
from stratolite.core.errors import ValidationException
from stratolite.services.ssm import Ssm, api
from stratolite.services.ssm.domain import Parameter


def named(text: str) -> tuple[str, str]:
    """(name, selector): the selector is empty or a version or label."""
    if text.startswith("arn:"):
        try:
            resource = Arn.parse(text).resource
        except ValueError:
            raise ValidationException(f"Invalid parameter ARN: {text}") from None
        text = resource.removeprefix("parameter")
        text = text if text.count("/") > 1 else text.removeprefix("/")
    name, _, selector = text.partition(":")
    return name, selector


def find(call: Call, ssm: Ssm, text: str) -> Parameter | None:
    """The version that a name means; None when there is none. Raises ParameterVersionNotFound."""
    name, selector = named(text)
    latest = ssm.store.latest(call, name)
    if latest is None or not selector:
        return latest
    if selector.isdigit():
        found = ssm.store.version(call, name, int(selector))
        what = f"version {selector}"
    else:
        versions = ssm.store.versions(call, name)
        found = next((one for one in versions if selector in one.labels), None)
        what = f"label {selector}"
    if found is None:
        raise api.ParameterVersionNotFound(
            f"Systems Manager could not find {what} of {name}. Verify the version and try again."
        )
    return found


def require(call: Call, ssm: Ssm, text: str) -> Parameter:
    """The version that a name means. Raises ParameterNotFound, ParameterVersionNotFound."""
    found = find(call, ssm, text)
    if found is None:
        raise api.ParameterNotFound("")
    return found
