"""The operations of Scheduler, one module a resource noun."""
