"""The transforms of a template, applied in AWS's order: those inside it first, then the ones that it declares.

``AWS::Include`` puts texts of S3 in their places, ``AWS::LanguageExtensions`` is ``language``'s and
``AWS::Serverless-2016-10-31`` is ``serverless``'s. All others are refused by name.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/transform-reference.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from stratolite.core.errors import AwsError, NotImplementedHere, ValidationError
from stratolite.services.cloudformation import language, serverless
from stratolite.services.cloudformation.intrinsics import Context, Resolver
from stratolite.services.cloudformation.language import TransformError
from stratolite.services.cloudformation.yaml_reader import read

INCLUDE = "AWS::Include"
LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions"
SERVERLESS = serverless.TRANSFORM
KNOWN = frozenset({INCLUDE, LANGUAGE_EXTENSIONS, SERVERLESS})

Fetch = Callable[[str], str]
"""The text at ``s3://bucket/key``. Raises AwsError."""


def declared(body: Mapping[str, Any]) -> list[str]:
    """The transforms that a template declares, by name. Raises NotImplementedHere for one that is not run here."""
    return [name for name, _ in _named(body.get("Transform"))]


def embedded(value: Any) -> list[str]:
    """The transforms inside a value. Raises NotImplementedHere for one that is not run here."""
    if isinstance(value, list):
        return [name for one in value for name in embedded(one)]
    if not isinstance(value, dict):
        return []
    own = [name for name, _ in _named(value.get("Fn::Transform"))]
    return own + [name for key, one in value.items() if key != "Fn::Transform" for name in embedded(one)]


def without_transforms(body: Mapping[str, Any]) -> dict[str, Any]:
    """What of a template is its own: without its transforms, and without what only they read."""
    theirs = {*_own_keys(body), "Fn::Transform"}
    return {name: section for name, section in body.items() if name not in theirs}


def processed(
    body: Mapping[str, Any], parameters: Mapping[str, Any], pseudo: Mapping[str, Any], fetch: Fetch
) -> dict[str, Any] | None:
    """The template that its transforms make of one; None where it has none. ``parameters``: typed values.

    Raises ValidationError (``TransformError`` where a transform fails) and NotImplementedHere.
    """
    wanted = _named(body.get("Transform"))
    context = Context(parameters, pseudo, body.get("Mappings", {}), ref=_later, attribute=_later, imported=_later)
    include = _Include(Resolver(context), fetch)
    result = include.expand({key: section for key, section in body.items() if key not in _own_keys(body)})
    for name, given in wanted:
        if name == INCLUDE:
            result = _with_sections(result, include.snippet(given))
        elif name == LANGUAGE_EXTENSIONS:
            result = language.processed(result, parameters, pseudo)
        else:
            shared = {"Globals": body["Globals"]} if body.get("Globals") else {}
            result = serverless.processed({**result, **shared}, parameters, pseudo["AWS::Region"])
    if LANGUAGE_EXTENSIONS not in [name for name, _ in wanted]:
        language.refuse_undeclared({name: result[name] for name in language.SECTIONS if name in result})
    return result if wanted or embedded(body) else None


def _own_keys(body: Mapping[str, Any]) -> set[str]:
    """The keys of a template that only its transforms read."""
    return {"Transform", "Globals"} if SERVERLESS in declared(body) else {"Transform"}


def _named(transform: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """(name, parameters) of each transform."""
    found: list[tuple[str, Mapping[str, Any]]] = []
    for one in transform if isinstance(transform, list) else [transform] if transform else []:
        name, given = (one.get("Name"), one.get("Parameters", {})) if isinstance(one, dict) else (one, {})
        if not isinstance(name, str):
            raise ValidationError("Key Name of transform definition must be a string.")
        if name not in KNOWN:
            raise NotImplementedHere(f"The transform {name} is not implemented by this version of Stratolite.")
        found.append((name, given if isinstance(given, dict) else {}))
    return found


def _with_sections(body: Mapping[str, Any], snippet: Mapping[str, Any]) -> dict[str, Any]:
    """A template with the sections of a snippet, or with more in its own."""
    result = dict(body)
    for name, section in snippet.items():
        own = result.get(name)
        if isinstance(own, dict) and isinstance(section, dict):
            result[name] = _merged(own, section)
        else:
            result[name] = section
    return result


def _merged(own: Mapping[str, Any], included: Mapping[str, Any]) -> dict[str, Any]:
    same = sorted(str(key) for key in set(own) & set(included))
    if same:
        raise TransformError(f"Duplicate key '{same[0]}' in what is included", INCLUDE)
    return {**own, **included}


def _later(*_: Any) -> Any:
    raise TransformError("The location parameter is not a valid S3 uri.", INCLUDE)


class _Include:
    """Puts snippets in their places."""

    def __init__(self, resolver: Resolver, fetch: Fetch) -> None:
        self._resolver = resolver
        self._fetch = fetch

    def expand(self, value: Any) -> Any:
        """A value with the snippets that it includes, the innermost first."""
        if isinstance(value, list):
            return [self.expand(one) for one in value]
        if not isinstance(value, dict):
            return value
        result = {key: self.expand(inner) for key, inner in value.items() if key != "Fn::Transform"}
        for name, given in _named(value.get("Fn::Transform")):
            if name != INCLUDE:
                raise ValidationError(f"Transform {name} cannot be used inside a template.")
            result = _merged(result, self.snippet(given))
        return result

    def snippet(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What stands at the location that a transform's parameters name."""
        location = self._resolver.resolve(given.get("Location"))
        if not isinstance(location, str) or not location.startswith("s3://"):
            raise TransformError("The location parameter is not a valid S3 uri.", INCLUDE)
        try:
            text = self._fetch(location)
        except AwsError as error:
            raise TransformError(error.message, INCLUDE) from error
        try:
            return read(text)
        except ValidationError as error:
            said = "The specified S3 object's content should be valid Yaml/JSON"
            raise TransformError(said, INCLUDE) from error
