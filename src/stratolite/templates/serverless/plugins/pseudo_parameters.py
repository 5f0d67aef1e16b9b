"""serverless-pseudo-parameters: ``#{AWS::AccountId}``, ``#{Table}`` and ``#{Table.Arn}`` in any text, as Fn::Sub.

Done to the whole template when the user's own resources are in it. ``#@{...}`` is a text with ``#{...}`` in it.
Source: https://github.com/svdgraaf/serverless-pseudo-parameters (2.6.1); its forks do the same.
"""

import re
from collections.abc import Iterator
from typing import Any

from stratolite.core.warning import Kind
from stratolite.templates.document import Map, value_at
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.plugins import named

NAMES = ("serverless-pseudo-parameters", "serverless-cf-vars", "serverless-cloudformation-sub-variables")
TEXTS_SHOWN_MAX = 3
_ANY = re.compile(r"#\{([^}]+)\}")
_PSEUDO = re.compile(r"#\{(AWS::[a-zA-Z]+)\}")
_ESCAPED = re.compile(r"#@\{([^}]+)\}")
_REGION = re.compile(
    "ap-northeast-1|ap-northeast-2|ap-south-1|ap-southeast-1|ap-southeast-2|ca-central-1|eu-central-1|eu-west-1"
    "|eu-west-2|eu-west-3|sa-east-1|us-east-1|us-east-2|us-west-1|us-west-2"
)


def substitute(work: Compilation, template: dict[str, Any]) -> None:
    """Do to a template what the plugin does, where the file names it; else warn of texts that are written for it."""
    if not {name for name, _ in named(work.service.document)} & set(NAMES):
        _warn(work, template)
        return
    settings = value_at(work.service.document, "custom", "pseudoParameters")
    settings = settings if isinstance(settings, Map) else {}
    pattern = _ANY if settings.get("allowReferences", True) else _PSEUDO
    _replace(template, pattern, with_regions=not settings.get("skipRegionReplace", True), in_sub=False)


def _replace(container: Any, pattern: re.Pattern[str], *, with_regions: bool, in_sub: bool) -> None:
    keys = list(container) if isinstance(container, dict) else range(len(container))
    for key in keys:
        value = container[key]
        if isinstance(value, dict | list):
            _replace(value, pattern, with_regions=with_regions, in_sub=key == "Fn::Sub")
        elif isinstance(value, str):
            text = _REGION.sub("#{AWS::Region}", value, count=1) if with_regions else value
            if pattern.search(text):
                made = pattern.sub(r"${\1}", text)
                container[key] = made if in_sub or key == "Fn::Sub" else {"Fn::Sub": made}
            elif _ESCAPED.search(value):
                container[key] = _ESCAPED.sub(r"#{\1}", value)


def _warn(work: Compilation, template: dict[str, Any]) -> None:
    found = list(dict.fromkeys(_texts(template)))
    if found:
        shown = ", ".join(found[:TEXTS_SHOWN_MAX])
        what = f"{shown}: only the plugin {NAMES[0]}, which the file does not name, makes a value of such a text"
        work.warn(what, kind=Kind.MISTAKE, about="plugins")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (match[0] for match in _PSEUDO.finditer(value))
    elif isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _texts(child)
