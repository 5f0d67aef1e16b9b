"""The operations of IAM, one module a resource noun."""
