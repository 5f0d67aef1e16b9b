"""What polls event sources for functions.

poller.py   the life of one mapping, and how to write a source    pollers.py  all of them, and their states
rest.py     waiting for news or for a time                        filter.py   filter criteria
batch.py    what a function's answer says of a batch
queue.py    SQS: which batches, how many at once                  queue_event.py   a message as functions get it
stream.py   streams, over shards and lanes                        stream_*.py, checkpoint.py   their parts
record_form.py  how records of DynamoDB streams and of Kinesis look to functions
"""
