"""The operations of HTTP APIs, one module a resource noun."""
