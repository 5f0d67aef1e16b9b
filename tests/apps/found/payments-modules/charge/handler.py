import json

import money
from receipt import receipt


def main(event, context):
    cents = json.loads(event["body"])["cents"]
    return {"statusCode": 200, "body": json.dumps(receipt("charged", money.shown(cents)))}
