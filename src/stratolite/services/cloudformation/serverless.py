"""The transform ``AWS::Serverless-2016-10-31``: AWS's own translator makes plain resources of serverless ones.

It is the code that CloudFormation runs for it, so that logical ids, policies and definitions are AWS's own. It is
loaded with the first serverless template, for 0.3 s. Applications of the Serverless Application Repository, which it
would ask over the network, are refused by name.

Source: https://github.com/aws/serverless-application-model
"""

import copy
import logging
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from stratolite.core.arn import partition_of
from stratolite.core.errors import NotImplementedHere
from stratolite.services.cloudformation.language import TransformError

if TYPE_CHECKING:
    from samtranslator.model.exceptions import InvalidDocumentException

TRANSFORM = "AWS::Serverless-2016-10-31"
APPLICATION = "AWS::Serverless::Application"


def processed(body: Mapping[str, Any], parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The template that the transform makes of one, its ``Globals`` included. ``parameters``: their values.

    Raises TransformError for what is no valid template, NotImplementedHere for what is not done here.
    """
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        return {name: section for name, section in body.items() if name != "Globals"}
    for name, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") == APPLICATION:
            _refuse_of_repository(name, resource.get("Properties"))
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # It warns of settings that are CloudFormation's own.
    partition = partition_of(region)
    template, values = copy.deepcopy(dict(body)), copy.deepcopy(dict(parameters))
    to_py27_compatible_template(template, values)
    # Of a session of boto3's it asks the region alone.
    translator = Translator(None, Parser(), boto_session=SimpleNamespace(region_name=region))
    try:
        made = translator.translate(
            template, values, get_managed_policy_map=lambda: get_bundled_managed_policy_map(partition) or {}
        )
    except InvalidDocumentException as error:
        raise TransformError(_said(error), TRANSFORM) from error
    plain: dict[str, Any] = undo_mark_unicode_str_in_template(made)
    return plain


def _said(error: "InvalidDocumentException") -> str:
    """What is wrong, as CloudFormation tells it: how much, and each."""
    return " ".join([error.message, *(cause.message for cause in error.causes)])


def _refuse_of_repository(name: str, properties: Any) -> None:
    location = properties.get("Location") if isinstance(properties, dict) else None
    if isinstance(location, dict):
        raise NotImplementedHere(
            "Applications of the Serverless Application Repository are not implemented by this version of Stratolite"
            f" (resource {name})."
        )
