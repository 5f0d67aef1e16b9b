"""The operations of ``@connections``, one module a resource noun."""
