"""Function URLs at work: from an HTTP request to a function and back.

    serve.py    the order of steps       event.py   the function's event, payload format 2.0
    access.py   who may                  reply.py   what the function's answer means
    cors.py     browsers of other origins

Source: https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""
