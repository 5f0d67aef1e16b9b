def handler(event, context):
    print "This was written for Python 2."
