"""From the wire to Python values: one module per encoding."""
