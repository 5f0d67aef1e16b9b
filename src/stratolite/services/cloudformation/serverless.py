"""The transform ``AWS::Serverless-2016-10-31``: AWS's own translator makes plain resources of serverless ones.

It is the code that CloudFormation runs for it, so that logical ids, policies and definitions are AWS's own. It is
loaded for the first serverless template, for 0.3 to 0.7 s, by a thread of its own while other requests are served.
Applications of the Serverless Application Repository, which it would ask over the network, are refused by name.

Source: https://github.com/aws/serverless-application-model
"""

import copy
import logging
import threading
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from stratolite.core.arn import partition_of
from stratolite.core.errors import NotImplementedHere
from stratolite.core.loading import NotLoaded
from stratolite.services.cloudformation.language import TransformError

if TYPE_CHECKING:
    from samtranslator.model.exceptions import InvalidDocumentException

TRANSFORM = "AWS::Serverless-2016-10-31"
APPLICATION = "AWS::Serverless::Application"
_is_loaded = threading.Event()
"""Set when all of the translator is there, which its modules are before."""


def load() -> None:
    """Load the translator, unless it is."""
    import samtranslator.internal.managed_policies
    import samtranslator.parser.parser
    import samtranslator.translator.translator
    import samtranslator.utils.py27hash_fix  # noqa: F401

    logging.getLogger("samtranslator").setLevel(logging.ERROR)  # It warns of settings that are CloudFormation's own.
    _is_loaded.set()


def processed(body: Mapping[str, Any], parameters: Mapping[str, Any], region: str) -> dict[str, Any]:
    """The template that the transform makes of one, its ``Globals`` included. ``parameters``: their values.

    Raises TransformError for what is no valid template, NotImplementedHere for what is not done here, and NotLoaded
    before ``load`` was called.
    """
    resources = body.get("Resources")
    if not isinstance(resources, dict):
        return {name: section for name, section in body.items() if name != "Globals"}
    for name, resource in resources.items():
        if isinstance(resource, dict) and resource.get("Type") == APPLICATION:
            _refuse_of_repository(name, resource.get("Properties"))
    if not _is_loaded.is_set():
        raise NotLoaded(load)
    from samtranslator.internal.managed_policies import get_bundled_managed_policy_map
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.utils.py27hash_fix import to_py27_compatible_template, undo_mark_unicode_str_in_template

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
