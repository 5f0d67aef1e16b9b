"""Where a template goes. Each target turns a compiled application into frozen steps, then executes them."""
