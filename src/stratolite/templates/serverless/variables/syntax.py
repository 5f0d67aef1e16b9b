"""Ways of versions 1 and 2 to write variables: spaces inside the braces, and braces that the file itself chooses.

``provider.variableSyntax`` is a pattern that finds variables. People set it so that CloudFormation's ``${...}`` stay as
they are: by patterns that leave out some names, which are left alone anyway, or by doubled braces, ``${{self:stage}}``.
"""

import re
from collections.abc import Callable

from stratolite.core.warning import Kind, Warning
from stratolite.templates.document import Map, mark_of
from stratolite.templates.serverless.warned import warned

SETTING = "variableSyntax"
_OPEN, _CLOSE = "${", "}"
_SPACED = re.compile(r"\$\{\s+(?=(?:self|opt|env|file|param|sls|aws|ssm|cf|s3|strToBool)[.:(])")
_DOUBLED = re.compile(r"\$\{\{|\}\}|\$\{")


def take_syntax(document: Map) -> tuple[Callable[[str], str], Warning | None]:
    """How texts of a file are turned into the usual form, and what to tell; the setting is taken out of the file."""
    provider = document.get("provider")
    pattern = provider.get(SETTING) if isinstance(provider, Map) else None
    if not isinstance(provider, Map) or not isinstance(pattern, str):
        return _without_spaces, None
    at = mark_of(provider, SETTING)
    del provider[SETTING]
    literal = pattern.replace("\\", "")
    start, end = literal.partition("(")[0], literal.rpartition(")")[2]
    if (start, end) == (_OPEN, _CLOSE):
        return _without_spaces, None
    if (start, end) == (_OPEN + "{", _CLOSE * 2):
        return _single, None
    what = f"provider.{SETTING} is not followed: variables are written as ${{source:address}} here"
    return _without_spaces, warned(what, at, Kind.NO_EFFECT, about="variables")


def _without_spaces(text: str) -> str:
    return _SPACED.sub(_OPEN, text)


def _single(text: str) -> str:
    """Doubled braces are variables, single ones are CloudFormation's."""
    signs = {"${{": _OPEN, "}}": _CLOSE, _OPEN: "\\${"}
    return _without_spaces(_DOUBLED.sub(lambda match: signs[match[0]], text))
