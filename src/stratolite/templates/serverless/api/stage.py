"""What the API's stage needs beside its deployment: the group of its access logs, and a role that lets it write."""

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.api.account_role import ensure_account_role
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.logs import log_group
from stratolite.templates.serverless.service import Service


def access_log_name(service: Service) -> str:
    return f"/aws/api-gateway/{service.name}-{service.stage}"


def make_stage(work: Compilation) -> None:
    """The log group of ``logs.restApi``, unless access logging is off."""
    service = work.service
    logs = service.setting("logs", "restApi")
    if not truthy(logs):
        return
    settings = logs if isinstance(logs, dict) else {}
    if not truthy(settings.get("accessLogging", True)):
        return
    name = access_log_name(service)
    work.merge(naming.API_LOG_GROUP, "AWS::Logs::LogGroup", log_group(service, name, {}))
    ensure_account_role(work)
