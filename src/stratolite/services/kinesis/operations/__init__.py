"""The operations of Kinesis Data Streams, one module a resource noun."""
