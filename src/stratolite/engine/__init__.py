"""Lambda execution: environments, the Runtime API that they speak, and the pool that lends them out.

Knows no AWS API: it is given a function's description and an invocation, and answers with an outcome and log lines.
Importing this package costs nothing; ``pool.Engine`` is the way in.
"""
