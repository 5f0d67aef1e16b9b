"""The operations of SQS, one module a noun."""
