"""SAM's policy templates: policies by name, with the resources that they are about left open.

``policies.json`` has what each allows: actions, the ARNs of resources with ``${Parameter}`` in them, and what a request
has to be equal in.
Source: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/serverless-policy-template-list.html
"""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stratolite.services.cloudformation.sam.expansion import invalid

_PARAMETER = re.compile(r"\$\{(\w+)\}")


class _Templates(dict[str, Any]):
    """Read when the first template is asked for."""

    def __contains__(self, name: object) -> bool:
        if not self:
            self.update(json.loads((Path(__file__).parent / "policies.json").read_text()))
        return super().__contains__(name)


NAMES = _Templates()
"""The statements of each template, by its name."""


def document(name: str, template: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The policy that a template is with values. Raises TransformError for a value that lacks or is not known."""
    statements = NAMES[template]
    known = {found for one in statements for found in _PARAMETER.findall(json.dumps(one))}
    for wrong, what in ((known - set(values), "Missing"), (set(values) - known, "Unknown")):
        if wrong:
            raise invalid(name, f"{what} parameter '{sorted(wrong)[0]}' of the policy template '{template}'.")
    made = []
    for one in statements:
        resources = [_filled(resource, values) for resource in one["resources"]]
        statement: dict[str, Any] = {"Action": one["actions"], "Effect": "Allow"}
        statement["Resource"] = resources[0] if len(resources) == 1 else resources
        if "equals" in one:
            statement["Condition"] = {
                "StringEquals": {key: _filled(text, values) for key, text in one["equals"].items()}
            }
        made.append(statement)
    return {"Version": "2012-10-17", "Statement": made}


def _filled(text: str, values: Mapping[str, Any]) -> Any:
    named = {found: values[found] for found in _PARAMETER.findall(text)}
    if not named and "${" not in text:
        return text
    return {"Fn::Sub": [text, named]} if named else {"Fn::Sub": text}
