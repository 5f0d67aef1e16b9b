"""Says a word."""

import os


def handler(event, context):
    return os.environ["WORD"]
