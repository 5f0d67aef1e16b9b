"""What CloudFormation takes: told before anything is sent.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
"""

import json
from collections.abc import Mapping
from typing import Any

from stratolite.core.errors import UserError

INLINE_BYTES_MAX = 51_200
"""Larger templates go by way of a bucket."""
TEMPLATE_BYTES_MAX = 1_000_000
TODO = "Make it several services, each with a stack of its own."
ENTRIES_MAX = {"Resources": 500, "Outputs": 200, "Parameters": 200, "Mappings": 200}


def compact(template: Mapping[str, Any]) -> str:
    """A template as JSON without blanks: the limits count bytes."""
    return json.dumps(template, separators=(",", ":"), ensure_ascii=False)


def check(template: Mapping[str, Any], stack_name: str) -> None:
    """Raises UserError for a template that CloudFormation would refuse for its size."""
    for section, most in ENTRIES_MAX.items():
        count = len(template.get(section) or ())
        if count > most:
            raise UserError(
                f"the template has {count} {section}; a stack has at most {most}", where=stack_name, todo=TODO
            )
    size = len(compact(template).encode())
    if size > TEMPLATE_BYTES_MAX:
        what = f"the template has {size:,} bytes; CloudFormation takes {TEMPLATE_BYTES_MAX:,}"
        raise UserError(what, where=stack_name, todo=TODO)
