"""Template text to plain values: JSON, or YAML with CloudFormation's short forms (``!Ref``, ``!Sub`` ...).

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
"""

import json
from typing import Any

from stratolite.core.errors import ValidationError

SHORT_FORMS = {
    "Ref": "Ref",
    "Condition": "Condition",
    **{
        name: f"Fn::{name}"
        for name in [
            "And",
            "Base64",
            "Cidr",
            "Contains",
            "EachMemberEquals",
            "EachMemberIn",
            "Equals",
            "FindInMap",
            "ForEach",
            "GetAtt",
            "GetAZs",
            "If",
            "ImportValue",
            "Join",
            "Length",
            "Not",
            "Or",
            "RefAll",
            "Select",
            "Split",
            "Sub",
            "ToJsonString",
            "Transform",
            "ValueOf",
            "ValueOfAll",
        ]
    },
}


def read(text: str) -> dict[str, Any]:
    """The template. What begins with a brace is JSON. Raises ValidationError with AWS's text."""
    value = _json(text) if text.lstrip().startswith("{") else _yaml(text)
    if not isinstance(value, dict):
        raise ValidationError("Template format error: unsupported structure.")
    return value


def _json(text: str) -> Any:
    try:
        value = json.loads(text)
        # Half a character can be escaped but not written: it becomes a question mark, as in any encoder.
        return json.loads(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")) if "\\u" in text else value
    except json.JSONDecodeError as error:
        # AWS tells the place behind what it could not read.
        where = f"(line {error.lineno}, column {error.colno + 1})"
        raise ValidationError(f"Template format error: JSON not well-formed. {where}") from error
    except RecursionError as error:
        raise ValidationError("Template format error: JSON not well-formed.") from error


def _yaml(text: str) -> Any:
    import yaml

    try:
        return yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise ValidationError(f"Template format error: YAML not well-formed.{where}") from error


def _loader() -> Any:
    """YAML 1.1 without dates (CloudFormation keeps ``2010-09-09`` a string) and with the short forms."""
    global _LOADER
    if _LOADER is None:
        import yaml

        base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

        class Loader(base):  # type: ignore[misc]
            """CloudFormation's YAML."""

        Loader.yaml_implicit_resolvers = {
            key: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
            for key, resolvers in base.yaml_implicit_resolvers.items()
        }
        Loader.add_multi_constructor("!", _short_form)
        _LOADER = Loader
    return _LOADER


_LOADER: Any = None


def _short_form(loader: Any, suffix: str, node: Any) -> Any:
    name = SHORT_FORMS.get(suffix)
    if name is None:
        raise ValueError(f"unknown tag !{suffix}")
    kind = type(node).__name__
    if kind == "ScalarNode":
        value = loader.construct_scalar(node)
        if suffix == "GetAtt":
            value = value.split(".", 1)
    elif kind == "SequenceNode":
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    return {name: value}
