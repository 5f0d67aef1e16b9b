import os

import boto3

kinesis = boto3.client("kinesis")


def record(event, context):
    kinesis.put_record(StreamName=os.environ["CLICKS_STREAM"], PartitionKey="clicks", Data=event["body"].encode())
    return {"statusCode": 202}


def aggregate(event, context):
    print("clicks", len(event["Records"]))
