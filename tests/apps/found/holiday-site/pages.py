import json
import os

import boto3

s3 = boto3.client("s3")


def handler(event, context):
    listing = s3.list_objects_v2(Bucket=os.environ["SITE_BUCKET"])
    return {"statusCode": 200, "body": json.dumps([it["Key"] for it in listing.get("Contents", [])])}
