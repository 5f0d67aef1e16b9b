import json
import os

import boto3

dynamodb = boto3.resource("dynamodb")
books = dynamodb.Table(os.environ["BOOKS_TABLE"])
loans = dynamodb.Table(os.environ["LOANS_TABLE"])


def _json(body):
    return {"statusCode": 200, "body": json.dumps(body, default=lambda it: sorted(map(int, it)) if isinstance(it, set) else float(it))}


def list_books(event, context):
    return _json(sorted(books.scan()["Items"], key=lambda book: book["isbn"]))


def remove(event, context):
    books.delete_item(Key=event["pathParameters"])
    return _json({})


def list_loans(event, context):
    return _json(sorted(loans.scan()["Items"], key=lambda loan: loan["reader"]))
