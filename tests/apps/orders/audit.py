"""What is invoked asynchronously."""


def handler(event, context):
    if event.get("fail"):
        raise ValueError("as wished")
    return {"audited": event}


def brittle(event, context):
    raise RuntimeError("always")
