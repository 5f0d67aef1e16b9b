"""Properties that have no effect here are left out, and told."""

from importlib import import_module
from typing import Any

from stratolite.services.cloudformation.idle import PROPERTIES, spared


def test_they_are_left_out_and_told_by_reason() -> None:
    template: dict[str, Any] = {
        "Resources": {
            "Site": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "b", "ReplicationConfiguration": {}}},
            "Log": {
                "Type": "AWS::S3::Bucket",
                "Properties": {
                    "IntelligentTieringConfigurations": [],
                    "LoggingConfiguration": {},
                    "InventoryConfigurations": [],
                },
            },
            "Bare": {"Type": "AWS::S3::Bucket"},
            "Table": {"Type": "AWS::DynamoDB::Table", "Properties": {"ReplicationConfiguration": {}}},
        },
        "Outputs": {},
    }
    kept, told = spared(template)
    resources = kept["Resources"]
    assert resources["Site"]["Properties"] == {"BucketName": "b"} and resources["Log"]["Properties"] == {}
    assert resources["Table"] is template["Resources"]["Table"] and kept["Outputs"] == {}
    assert "ReplicationConfiguration" in template["Resources"]["Site"]["Properties"]
    assert [one.partition(" (")[0] for one in told] == [
        "no local effect: Site.ReplicationConfiguration",
        "no local effect: Log.IntelligentTieringConfigurations",
        "no local effect: Log.LoggingConfiguration, Log.InventoryConfigurations",
    ]


def test_what_is_implemented_is_not_among_them() -> None:
    for kind, properties in PROPERTIES.items():
        folder = kind.split("::")[1].lower()
        made = {one.name: one for one in import_module(f"stratolite.services.{folder}.cfn").RESOURCE_TYPES}[kind]
        assert not {*made.implemented, *made.accepted} & properties.keys(), kind


def test_an_alias_moves_at_once() -> None:
    moved = {"CodeDeployLambdaAliasUpdate": {"ApplicationName": "a", "DeploymentGroupName": "g"}}
    alias = {"Type": "AWS::Lambda::Alias", "UpdatePolicy": moved, "Properties": {"Name": "live"}}
    template, told = spared({"Resources": {"Alias": alias}})
    assert template["Resources"]["Alias"] == {"Type": "AWS::Lambda::Alias", "Properties": {"Name": "live"}}
    assert told == ("no local effect: Alias.UpdatePolicy (an alias moves to its next version at once)",)
