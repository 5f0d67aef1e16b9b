"""The composition root: wires every part together and owns the process."""
