import base64
import os

import boto3

kinesis = boto3.client("kinesis")
firehose = boto3.client("firehose")


def record(event, context):
    kinesis.put_record(StreamName=os.environ["CLICKS_STREAM"], PartitionKey="clicks", Data=event["body"].encode())
    return {"statusCode": 202}


def export(event, context):
    firehose.put_record(DeliveryStreamName=os.environ["ARCHIVE_STREAM"], Record={"Data": event["body"].encode()})
    return {"statusCode": 202}


def aggregate(event, context):
    for one in event["Records"]:
        print("clicked", base64.b64decode(one["kinesis"]["data"]).decode())
