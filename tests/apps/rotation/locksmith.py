"""Rotates the key of a door: makes one, has the lock take it beside the old one, tries it, and hands it out."""

import json
import os

import boto3

secrets = boto3.client("secretsmanager")
doors = boto3.resource("dynamodb").Table(os.environ["DOORS"])


def handler(event, context):
    print(json.dumps({"step": event["Step"], "version": event["ClientRequestToken"]}))
    {"createSecret": make, "setSecret": fit, "testSecret": turn, "finishSecret": hand_out}[event["Step"]](
        event["SecretId"], event["ClientRequestToken"]
    )


def value(secret, **which):
    return secrets.get_secret_value(SecretId=secret, **which)["SecretString"]


def make(secret, version):
    """A new key, unless there is one already: a step can be asked for twice."""
    try:
        value(secret, VersionId=version, VersionStage="AWSPENDING")
    except secrets.exceptions.ResourceNotFoundException:
        key = secrets.get_random_password(PasswordLength=24)["RandomPassword"]
        secrets.put_secret_value(
            SecretId=secret, ClientRequestToken=version, SecretString=key, VersionStages=["AWSPENDING"]
        )


def fit(secret, version):
    """The lock takes the new key. Whoever holds the door makes this wait."""
    doors.put_item(Item={"id": "front", "fits": value(secret, VersionId=version), "before": value(secret)})
    while "Item" in doors.get_item(Key={"id": "held"}, ConsistentRead=True):
        doors.put_item(Item={"id": "waiting", "version": version})


def turn(secret, version):
    """The new key opens the door."""
    door = doors.get_item(Key={"id": "front"})["Item"]
    assert value(secret, VersionId=version, VersionStage="AWSPENDING") == door["fits"]


def hand_out(secret, version):
    """The new key is the current one."""
    stages = secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
    current = next(one for one in stages if "AWSCURRENT" in stages[one])
    if current != version:
        secrets.update_secret_version_stage(
            SecretId=secret, VersionStage="AWSCURRENT", MoveToVersionId=version, RemoveFromVersionId=current
        )
