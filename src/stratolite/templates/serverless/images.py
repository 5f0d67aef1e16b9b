"""Functions whose code is a container image, named by its digest.

Source: https://www.serverless.com/framework/docs-providers-aws-guide-functions (``image``).
"""

import re
from typing import Any

from stratolite.templates.document import Mark
from stratolite.templates.javascript import truthy
from stratolite.templates.serverless.compilation import Compilation, refusal
from stratolite.templates.serverless.service import Function

_ECR = re.compile(r"\d+\.dkr\.ecr\.[a-z0-9-]+.\.amazonaws.com/([^@]+)|([^@:]+@sha256:[a-f0-9]{64})$")
_DIGEST = "@sha256:"
NOT_RUN = "0" * 64
"""The digest of an image that is not run here."""


def image_properties(work: Compilation, function: Function) -> dict[str, Any]:
    """Code, package type and the settings of the image."""
    image, at = function.settings["image"], function.mark("image")
    settings = image if isinstance(image, dict) else {}
    names = {"command": "Command", "entryPoint": "EntryPoint", "workingDirectory": "WorkingDirectory"}
    config = {names[key]: settings[key] for key in names if truthy(settings.get(key))}
    uri = _uri(work, function, image, at)
    return {"Code": {"ImageUri": uri}, "PackageType": "Image", "ImageConfig": config or None}


def image_digest(work: Compilation, function: Function) -> str | None:
    """The digest of the function's image, in hexadecimal; None when its code is a zip."""
    if function.key in work.packaging.unsupported:
        return NOT_RUN
    image = function.settings.get("image")
    return _uri(work, function, image, function.mark("image")).split(_DIGEST)[1] if truthy(image) else None


def _uri(work: Compilation, function: Function, image: Any, at: Mark) -> str:
    uri, name = (image.get("uri"), image.get("name")) if isinstance(image, dict) else _parted(image)
    if (uri is None) == (name is None):
        what = f"the image of the function {function.key!r} needs either a uri or a name"
        raise refusal(what, at, "Write 'image: <account>.dkr.ecr.<region>.amazonaws.com/<repository>@sha256:...'.")
    if name is not None:
        uri = _named(work, str(name), at)
    if _DIGEST not in str(uri):
        what = f"the image {uri!r} is named by a tag, which only the registry can resolve"
        raise refusal(what, at, "Name it by its digest: '...@sha256:<64 hexadecimal digits>'.")
    return str(uri)


def _parted(image: Any) -> tuple[Any, Any]:
    return (image, None) if _ECR.search(str(image)) else (None, image)


def _named(work: Compilation, name: str, at: Mark) -> str:
    found = work.service.setting("ecr", "images", name)
    if found is None:
        raise refusal(f"the image {name!r} is not in provider.ecr.images", at, "Add it there, with a uri.")
    uri = found.get("uri") if isinstance(found, dict) else found if _ECR.search(str(found)) else None
    if uri is None:
        raise refusal(
            f"the image {name!r} would have to be built, which is not done yet", at, "Push it and name its digest."
        )
    return str(uri)
