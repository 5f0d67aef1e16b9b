"""Names by content: what makes equal input an equal template, so that a deployment of nothing new changes nothing.

The compiler names artefacts and API deployments by the time, as the Serverless Framework does. A target replaces those
names by digests of what they stand for.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from stratolite.templates.artefacts import Artefact


def own_bucket(account: str, region: str) -> str:
    """The bucket for what is uploaded with templates that bring none."""
    return f"stratolite-deployments-{account}-{region}"


def artefact_prefix(artefact: Artefact) -> str:
    """Where the artefacts of an application lie in its deployment bucket: ``serverless/shop/dev/``."""
    # The compiler's key goes on with the time, and the name.
    return f"{artefact.key.rsplit('/', 2)[0]}/"


def artefact_key(artefact: Artefact) -> str:
    """The key under which an artefact is uploaded: it names the content."""
    return f"{artefact_prefix(artefact)}{artefact.digest().hex()}/{artefact.name}"


def settled(template: Mapping[str, Any], stamp: str, keys: Mapping[str, str]) -> dict[str, Any]:
    """The template with its time stamps replaced by digests, so that equal input gives an equal template.

    ``stamp`` is the time stamp that the compiler put in (milliseconds, as text); ``keys`` maps the S3 keys that the
    template names to those under which the artefacts are uploaded.
    """
    text = json.dumps(template)
    for key, content_key in keys.items():
        text = text.replace(json.dumps(key)[1:-1], json.dumps(content_key)[1:-1])
    api = {
        name: resource
        for name, resource in json.loads(text).get("Resources", {}).items()
        if resource.get("Type", "").startswith("AWS::ApiGateway::")
    }
    digest = hashlib.sha256(json.dumps(api, sort_keys=True).encode()).hexdigest()
    # A deployment's logical id ends in thirteen digits; the digest gives thirteen others.
    number = int(digest[:12], 16) % 10**13
    # As a number it has no zeros in front.
    text = text.replace(f": {stamp}", f": {number}")
    result = json.loads(text.replace(stamp, str(number).zfill(13)))
    assert isinstance(result, dict)
    return result
