"""Dashboards: documents that are kept for whoever draws them. Nothing draws them here."""

import json
import re

from stratolite.core.arn import Arn, partition_of
from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, page
from stratolite.services.cloudwatch import CloudWatch, api, rules
from stratolite.services.cloudwatch.alarm_store import Dashboard

NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
PAGE = 1000


def put_dashboard(call: Call, cloudwatch: CloudWatch, request: api.PutDashboardInput) -> api.PutDashboardOutput:
    """Make a dashboard, or replace one, whose tags stay."""
    name, body = request["DashboardName"], request["DashboardBody"]
    if not NAME.fullmatch(name):
        raise rules.invalid_value(
            "The value for field DashboardName contains invalid characters. It can only contain alphanumerics, "
            "dash (-) and underscore (_).\n"
        )
    try:
        json.loads(body)
    except ValueError:
        problem: api.DashboardValidationMessage = {
            "DataPath": "",
            "Message": "The field DashboardBody must be valid JSON",
        }
        raise api.DashboardInvalidInputError(
            "The field DashboardBody must be a valid JSON object", dashboardValidationMessages=[problem]
        ) from None
    known = cloudwatch.alarms.dashboard(call, name)
    tags = known.tags if known is not None else rules.tags_of(request.get("Tags", []))
    cloudwatch.alarms.put_dashboard(call, Dashboard(name, body, tags, call.now_ms))
    return {"DashboardValidationMessages": []}


def get_dashboard(call: Call, cloudwatch: CloudWatch, request: api.GetDashboardInput) -> api.GetDashboardOutput:
    """A dashboard as it was put."""
    name = request["DashboardName"]
    dashboard = cloudwatch.alarms.dashboard(call, name)
    if dashboard is None:
        raise api.DashboardNotFoundError(f"Dashboard {name} does not exist")
    return {"DashboardArn": _arn(call, name), "DashboardBody": dashboard.body, "DashboardName": name}


def list_dashboards(call: Call, cloudwatch: CloudWatch, request: api.ListDashboardsInput) -> api.ListDashboardsOutput:
    """Dashboards in order of name, a page of 1,000 at a time."""
    found = cloudwatch.alarms.dashboards(call, request.get("DashboardNamePrefix", ""))
    try:
        shown, token = page(found, PAGE, request.get("NextToken", ""))
    except InvalidToken:
        raise rules.invalid_value("Request parameter NextToken is invalid") from None
    answer: api.ListDashboardsOutput = {
        "DashboardEntries": [
            {
                "DashboardName": one.name,
                "DashboardArn": _arn(call, one.name),
                "LastModified": one.modified_ms / 1000,
                "Size": len(one.body.encode()),
            }
            for one in shown
        ]
    }
    if token:
        answer["NextToken"] = token
    return answer


def delete_dashboards(call: Call, cloudwatch: CloudWatch, request: api.DeleteDashboardsInput) -> None:
    """Delete dashboards: all of them, or none when one does not exist."""
    if not request["DashboardNames"]:
        raise api.InvalidParameterValueException("At least one of DashboardNames must be specified.")
    for name in request["DashboardNames"]:
        if cloudwatch.alarms.dashboard(call, name) is None:
            raise api.DashboardNotFoundError(f"The specified dashboard does not exist. [{name}]")
    for name in request["DashboardNames"]:
        cloudwatch.alarms.delete_dashboard(call, name)


def _arn(call: Call, name: str) -> str:
    return str(Arn("cloudwatch", "", call.account, f"dashboard/{name}", partition_of(call.region)))
