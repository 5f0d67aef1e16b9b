# -*- coding: utf-8 -*-
from __future__ import print_function, unicode_literals

import json

from botocore.exceptions import ClientError

from .storage import table

print('Loading function')


def sign(event, context):
    entry = json.loads(event['body'])
    try:
        table.put_item(Item=entry, ConditionExpression='attribute_not_exists(#n)', ExpressionAttributeNames={'#n': 'name'})
    except ClientError as e:
        if e.response['Error']['Code'] != 'ConditionalCheckFailedException':
            raise
        return {'statusCode': 409, 'body': json.dumps({'message': '%s has signed already' % entry['name']})}
    return {'statusCode': 201, 'body': json.dumps(entry)}


def read(event, context):
    items = table.scan()['Items']
    return {'statusCode': 200, 'body': json.dumps(sorted(items, key=lambda item: item['name']))}
