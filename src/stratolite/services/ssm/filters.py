"""Which parameters a query keeps: filters of DescribeParameters and GetParametersByPath, all of which must fit.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from stratolite.services.ssm import api, rules
from stratolite.services.ssm.domain import Parameter

VALUES_MAX = 50
_OPTIONS = {
    "Name": ("BeginsWith", "Equals", "Contains"),
    "Path": ("Recursive", "OneLevel"),
    "Type": ("BeginsWith", "Equals"),
    "KeyId": ("BeginsWith", "Equals"),
    "Label": ("Equals",),
    "Tier": ("Equals",),
    "DataType": ("Equals", "BeginsWith"),
}
_VALUES = {
    "Tier": ("Standard", "Advanced", "Intelligent-Tiering"),
    "Type": ("String", "StringList", "SecureString"),
}
BY_PATH = ("Type", "KeyId", "Label")
"""The keys that GetParametersByPath takes."""
DESCRIBED = ("Path", "Name", "Type", "KeyId", "Tier", "DataType")
"""The keys that DescribeParameters takes, beside tags."""
_COMPARE: Mapping[str, Callable[[str, str], bool]] = {
    "Equals": lambda found, wanted: found == wanted,
    "BeginsWith": lambda found, wanted: found.startswith(wanted),
    "Contains": lambda found, wanted: wanted in found,
}


def check(filters: Sequence[Mapping[str, Any]], keys: tuple[str, ...]) -> None:
    """Raises InvalidFilterKey, InvalidFilterOption, InvalidFilterValue, ValidationException.

    ``keys``: those that the operation takes. Tags are for DescribeParameters alone.
    """
    seen: set[str] = set()
    for one in filters:
        key, option, values = one["Key"], one.get("Option", ""), one.get("Values", [])
        is_tag = key.startswith("tag:") and keys is DESCRIBED
        if key not in keys and not is_tag:
            raise api.InvalidFilterKey(
                f"The following filter key is not valid: {key}. Valid filter keys include: [{', '.join(keys)}]."
            )
        if not values and not is_tag:
            raise api.InvalidFilterValue(f"The following filter values are missing : null for filter key {key}")
        if key in seen:
            raise api.InvalidFilterKey(
                f"The following filter is duplicated in the request: {key}. A request can contain only one occurrence "
                "of a specific filter."
            )
        seen.add(key)
        options = ("BeginsWith", "Equals") if is_tag else _OPTIONS[key]
        if option and option not in options:
            raise api.InvalidFilterOption(
                f"The following filter option is not valid: {option}. Valid options include: [{', '.join(options)}]."
            )
        if len(values) > VALUES_MAX:
            raise api.InvalidFilterValue(f"A filter can have at most {VALUES_MAX} values.")
        _check_values(key, option, values)


def _check_values(key: str, option: str, values: Sequence[str]) -> None:
    if key == "Path":
        for path in values:
            rules.check_common_path(path)
    if option == "BeginsWith":
        return
    for value in values:
        if value not in _VALUES.get(key, (value,)):
            raise api.InvalidFilterValue(
                f"The following filter value is not valid: {value}. Valid values include: [{', '.join(_VALUES[key])}]."
            )


def fits(parameter: Parameter, filters: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a parameter is kept."""
    return all(_fits(parameter, one["Key"], one.get("Option", ""), one.get("Values", [])) for one in filters)


def _fits(parameter: Parameter, key: str, option: str, values: Sequence[str]) -> bool:
    if key.startswith("tag:"):
        tag = parameter.tags.get(key.removeprefix("tag:"))
        compare = _COMPARE[option or "Equals"]
        return tag is not None and (not values or any(compare(tag, value) for value in values))
    if key == "Path":
        return any(is_below(parameter.name, value, is_recursive=option == "Recursive") for value in values)
    if key == "Label":
        return any(label in values for label in parameter.labels)
    found = {
        "Name": parameter.name,
        "Type": parameter.type,
        "KeyId": parameter.key_id,
        "Tier": parameter.tier,
        "DataType": parameter.data_type,
    }[key]
    compare = _COMPARE[option or "Equals"]
    if key == "Name":
        # A name is found with and without its first slash; what it contains may begin with one.
        found = f"/{found.removeprefix('/')}"
        wanted = values if option == "Contains" else [f"/{value.removeprefix('/')}" for value in values]
        return any(compare(found, value) for value in wanted)
    return any(compare(found, value) for value in values)


def is_below(name: str, path: str, *, is_recursive: bool) -> bool:
    """Whether a parameter is below a path, at any depth or right there."""
    path = path.rstrip("/") + "/"
    inside = name.removeprefix(path) if name.startswith(path) else name if path == "/" else ""
    return bool(inside) and (is_recursive or "/" not in inside)
