import json

import money


def main(event, context):
    cents = json.loads(event["body"])["cents"]
    return {"statusCode": 200, "body": json.dumps({"what": "refunded", "amount": money.shown(cents)})}
