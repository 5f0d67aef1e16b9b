"""From Python values to the wire: one module per encoding."""
