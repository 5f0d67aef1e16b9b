"""Runs the benchmarks that are named, or all of them; exit code 1 when a goal is missed."""

import sys
from importlib import import_module

from bench.report import show

NAMES = (
    "start",
    "items",
    "objects",
    "invoke",
    "cold",
    "environments",
    "gateway",
    "streams",
    "mappings",
    "patterns",
    "community",
    "up",
)


def main(chosen: list[str]) -> int:
    """Run and print."""
    unknown = set(chosen) - set(NAMES)
    if unknown:
        print(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    missed = False
    for name in chosen or NAMES:
        module = import_module(f"bench.{name}")
        rows = module.run()
        show(f"{name}: {(module.__doc__ or '').strip().splitlines()[0]}", rows)
        missed = missed or any(row.is_met is False for row in rows)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
