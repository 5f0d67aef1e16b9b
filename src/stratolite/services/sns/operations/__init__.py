"""The operations of SNS, one module a resource noun."""
