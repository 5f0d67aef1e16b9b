"""The operations of API Gateway that are implemented, one module a resource noun."""
