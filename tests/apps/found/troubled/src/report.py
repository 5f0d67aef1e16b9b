def handler(event, context):
    print "report"
