"""One module a protocol: requests to values, values to responses."""
