import json


def write(event, context):
    for record in event["Records"]:
        print("reported", json.loads(record["body"])["page"])
