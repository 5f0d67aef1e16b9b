"""Resource policies of CloudWatch Logs, of accounts and of groups.

Expectations: aws-answers/logs/test_logs_resource_policies.json; those of groups follow the API's reference.
"""

import json
from typing import Any

import pytest
from tests.conftest import ACCOUNT, REGION, RunningCloud, recorded
from tests.wire.answers import refused
from tests.wire.stacks import Stack, template

ENTRIES = "logs/test_logs_resource_policies.json"
PLACE = "tests/aws/services/logs/test_logs_resource_policies.py::TestResourcePolicies"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g"


def document(service: str = "route53") -> dict[str, Any]:
    statement = {
        "Sid": "Writes",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "logs:PutLogEvents",
        "Resource": f"{GROUP}:*",
    }
    return {"Version": "2012-10-17", "Statement": [statement]}


POLICY = json.dumps(document())


@pytest.fixture
def logs(timed_cloud: RunningCloud) -> Any:
    return timed_cloud.client("logs", parameter_validation=False)


def test_policies_of_an_account(logs: Any, timed_cloud: RunningCloud) -> None:
    made = logs.put_resource_policy(policyName="one", policyDocument=POLICY)["resourcePolicy"]
    now_ms = made.pop("lastUpdatedTime")
    assert made == {"policyName": "one", "policyDocument": POLICY, "policyScope": "ACCOUNT"}
    logs.put_resource_policy(policyName="another", policyDocument=POLICY)
    found = logs.describe_resource_policies()["resourcePolicies"]
    assert [one["policyName"] for one in found] == ["another", "one"]
    timed_cloud.advance(60)
    old = {"Statement": document()["Statement"]}
    changed = logs.put_resource_policy(policyName="one", policyDocument=json.dumps(old))["resourcePolicy"]
    assert changed["lastUpdatedTime"] > now_ms
    # What AWS understood is kept: it names the version that it took it for.
    assert json.loads(changed["policyDocument"]) == {"Version": "2008-10-17", **old}
    first = logs.describe_resource_policies(limit=1)
    second = logs.describe_resource_policies(limit=1, nextToken=first["nextToken"])
    assert [one["policyName"] for one in (*first["resourcePolicies"], *second["resourcePolicies"])] == [
        "another",
        "one",
    ]
    assert "nextToken" not in second
    logs.delete_resource_policy(policyName="one")
    assert [one["policyName"] for one in logs.describe_resource_policies()["resourcePolicies"]] == ["another"]


def shown(policy: dict[str, Any]) -> dict[str, Any]:
    """A policy as the recordings have it: its document read, its name and time left out."""
    rest = {name: value for name, value in policy.items() if name not in ("policyName", "lastUpdatedTime")}
    document = rest["policyDocument"]
    return {**rest, "policyDocument": document if isinstance(document, dict) else json.loads(document)}


@pytest.mark.parametrize(
    ("entry", "answer"),
    [("test_put_resource_policy", "put-resource-policy"), ("test_put_resource_policy_update", "updated-policy")],
)
def test_a_policy_comes_back_as_it_was_recorded(logs: Any, entry: str, answer: str) -> None:
    told = recorded(ENTRIES, f"{PLACE}::{entry}")[answer]
    expected = shown(told.get("resourcePolicy", told))
    made = logs.put_resource_policy(policyName="p", policyDocument=json.dumps(expected["policyDocument"]))
    assert shown(made["resourcePolicy"]) == expected
    assert [shown(one) for one in logs.describe_resource_policies()["resourcePolicies"]] == [expected]


def test_policies_are_listed_as_they_were_recorded(logs: Any) -> None:
    told = recorded(ENTRIES, f"{PLACE}::test_describe_resource_policies")["describe-resource-policies"]
    expected = [shown(one) for one in told["resourcePolicies"]]
    for number, one in enumerate(expected):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=json.dumps(one["policyDocument"]))
    assert [shown(one) for one in logs.describe_resource_policies()["resourcePolicies"]] == expected


def test_refusals(logs: Any) -> None:
    missing = recorded(ENTRIES, f"{PLACE}::test_delete_resource_policy_not_found")["error-policy-not-found"]["Error"]
    assert refused(logs.delete_resource_policy, policyName="non-existent")[:2] == (missing["Code"], missing["Message"])
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument=POLICY)
    logs.put_resource_policy(policyName="p1", policyDocument=POLICY)
    full = recorded(ENTRIES, f"{PLACE}Limits::test_put_resource_policy_limit_exceeded")["error-limit-exceeded"]["Error"]
    assert refused(logs.put_resource_policy, policyName="p", policyDocument=POLICY)[:2] == (
        full["Code"],
        full["Message"],
    )
    unsaid = json.dumps({"Statement": [{"Effect": "Allow", "Action": "logs:PutLogEvents", "Resource": "*"}]})
    for wrong in ("no", "[]", "{}", '{"Statement": ["no"]}', unsaid):
        assert refused(logs.put_resource_policy, policyName="p1", policyDocument=wrong)[:2] == (
            "InvalidParameterException",
            "Could not convert to persistable policy.",
        )
    for request in ({"policyName": "p1"}, {"policyDocument": POLICY}):
        assert refused(logs.put_resource_policy, **request)[0] == "InvalidParameterException"


def test_the_policy_of_a_group(logs: Any) -> None:
    assert refused(logs.put_resource_policy, resourceArn=GROUP, policyName="p", policyDocument=POLICY)[0] == (
        "ResourceNotFoundException"
    )
    logs.create_log_group(logGroupName="g")
    assert refused(logs.delete_resource_policy, resourceArn=GROUP)[0] == "ResourceNotFoundException"
    made = logs.put_resource_policy(resourceArn=GROUP, policyName="p", policyDocument=POLICY)
    assert made["revisionId"] == made["resourcePolicy"]["revisionId"]
    assert logs.describe_resource_policies()["resourcePolicies"] == []
    assert logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"] == [made["resourcePolicy"]]
    change = {"resourceArn": GROUP, "policyName": "p", "policyDocument": json.dumps(document("es"))}
    assert refused(logs.put_resource_policy, **change)[0] == "InvalidParameterException"
    changed = logs.put_resource_policy(**change, expectedRevisionId=made["revisionId"])
    stale = {"expectedRevisionId": made["revisionId"]}
    assert refused(logs.put_resource_policy, **change, **stale)[0] == "OperationAbortedException"
    assert refused(logs.delete_resource_policy, resourceArn=GROUP, **stale)[0] == "OperationAbortedException"
    [shown] = logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"]
    assert shown == changed["resourcePolicy"] and shown["resourceArn"] == GROUP
    logs.delete_resource_policy(resourceArn=GROUP, expectedRevisionId=changed["revisionId"])
    assert logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"] == []
    # A policy goes with its group.
    logs.put_resource_policy(resourceArn=GROUP, policyName="p", policyDocument=POLICY)
    logs.delete_log_group(logGroupName="g")
    logs.create_log_group(logGroupName="g")
    assert logs.describe_resource_policies(resourceArn=GROUP)["resourcePolicies"] == []


def test_a_stack_makes_policies(logs: Any, timed_cloud: RunningCloud) -> None:
    def body(service: str, *, of_group: bool) -> str:
        group = {"LogGroupName": "g", **({"ResourcePolicyDocument": document(service)} if of_group else {})}
        policy = {"PolicyName": "p", "PolicyDocument": json.dumps(document(service))}
        return template(
            {
                "Group": {"Type": "AWS::Logs::LogGroup", "Properties": group},
                "Policy": {"Type": "AWS::Logs::ResourcePolicy", "Properties": policy},
            }
        )

    def kept() -> list[Any]:
        found = logs.describe_resource_policies()["resourcePolicies"]
        found += logs.describe_resource_policies(policyScope="RESOURCE")["resourcePolicies"]
        return [json.loads(one["policyDocument"]) for one in found]

    stack = Stack(timed_cloud, "policies")
    stack.create(body("es", of_group=True))
    assert kept() == [document("es"), document("es")]
    stack.update(body("route53", of_group=True))
    assert kept() == [document("route53"), document("route53")]
    stack.update(body("route53", of_group=False))
    assert kept() == [document("route53")]
    stack.delete()
    assert kept() == []
