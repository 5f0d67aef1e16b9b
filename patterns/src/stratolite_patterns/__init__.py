"""The patterns that serverless applications are made of, for handlers on AWS Lambda.

Importing this costs nothing: each pattern is a module that is imported when it is first named
(``stratolite_patterns.cqrs``), or explicitly (``from stratolite_patterns import cqrs``). No module needs anything but
the standard library until it is used, and none knows where it runs.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    # Checkers see every module; at run time __getattr__ imports those that are named.
    from stratolite_patterns import authorizer as authorizer
    from stratolite_patterns import cache as cache
    from stratolite_patterns import connections as connections
    from stratolite_patterns import cqrs as cqrs
    from stratolite_patterns import events as events
    from stratolite_patterns import pipeline as pipeline
    from stratolite_patterns import settings as settings
    from stratolite_patterns import single_table as single_table
else:

    def __getattr__(name):
        if not name.startswith("_"):
            from importlib import import_module

            try:
                return import_module(f"{__name__}.{name}")
            except ModuleNotFoundError as error:
                if error.name != f"{__name__}.{name}":
                    raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
