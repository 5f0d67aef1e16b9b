"""The operations of EventBridge, one module a noun."""
