"""Log groups of functions: retention, data protection, ``disableLogs``."""

from typing import Any

from stratolite.templates.javascript import truthy
from stratolite.templates.serverless import naming
from stratolite.templates.serverless.compilation import Compilation
from stratolite.templates.serverless.service import Function, Service


def logs_disabled(function: Function) -> bool:
    return truthy(function.settings.get("disableLogs"))


def make_log_groups(work: Compilation) -> None:
    """A log group for each function that writes logs."""
    for function in work.service.functions.values():
        if not logs_disabled(function):
            name = naming.log_group_name(function.name)
            properties = log_group(work.service, name, function.settings)
            work.merge(naming.log_group(function.key), "AWS::Logs::LogGroup", properties)


def log_group(service: Service, name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Properties of a log group: the settings nearest to it win over the provider's."""

    def wanted(key: str) -> Any:
        near = settings.get(key)
        found = near if truthy(near) else service.provider.get(key)
        return found if truthy(found) else None

    return {
        "LogGroupName": name,
        "RetentionInDays": wanted("logRetentionInDays"),
        "DataProtectionPolicy": wanted("logDataProtectionPolicy"),
    }
