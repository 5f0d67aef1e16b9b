def welcome(event, context):
    print("Welcome, " + event["userName"])
    return event
