"""How a sandboxed process comes to be: through a launcher that outlives no server."""
