"""What happened to alarms."""

from stratolite.core.call import Call
from stratolite.core.paging import InvalidToken, page
from stratolite.services.cloudwatch import CloudWatch, api, rules
from stratolite.services.cloudwatch.retention import HISTORY_MS

DESCRIBED_DEFAULT = 100
ITEMS_READ_MAX = 10_000
"""How far back one request looks."""


def describe_alarm_history(
    call: Call, cloudwatch: CloudWatch, request: api.DescribeAlarmHistoryInput
) -> api.DescribeAlarmHistoryOutput:
    """Items of the last 30 days, the latest first unless it is asked otherwise; those of deleted alarms are kept."""
    if "AlarmContributorId" in request:
        raise rules.not_here("AlarmContributorId of DescribeAlarmHistory")
    start_ms = max(round(request.get("StartDate", 0) * 1000), call.now_ms - HISTORY_MS)
    end_ms = round(request["EndDate"] * 1000) if "EndDate" in request else call.now_ms
    items = cloudwatch.alarms.history(
        call,
        alarm=request.get("AlarmName", ""),
        kind=request.get("HistoryItemType", ""),
        start_ms=start_ms,
        end_ms=end_ms,
        descending=request.get("ScanBy") != "TimestampAscending",
        limit=ITEMS_READ_MAX,
    )
    found = [item for item in items if item.alarm_type in request.get("AlarmTypes", ["MetricAlarm"])]
    try:
        shown, token = page(found, request.get("MaxRecords", DESCRIBED_DEFAULT), request.get("NextToken", ""))
    except InvalidToken:
        raise api.InvalidNextToken("The specified next token is invalid.") from None
    answer: api.DescribeAlarmHistoryOutput = {
        "AlarmHistoryItems": [
            {
                "AlarmName": item.alarm,
                "AlarmType": item.alarm_type,
                "Timestamp": item.at_ms / 1000,
                "HistoryItemType": item.type,
                "HistorySummary": item.summary,
                "HistoryData": item.data,
            }
            for item in shown
        ]
    }
    if token:
        answer["NextToken"] = token
    return answer
