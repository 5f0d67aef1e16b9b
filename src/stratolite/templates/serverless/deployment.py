"""Settings of the deployment itself, which no template carries."""

from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.model import Deployment


def read_deployment(work: Compilation) -> Deployment:
    """What the stack is given beside its template."""
    provider = work.service.provider
    return Deployment(bucket=work.service.deployment_bucket, stack_tags=provider.get("stackTags") or {})
