"""The operations, one module a resource noun. Each runs in one transaction and never waits."""
