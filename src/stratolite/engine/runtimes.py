"""The names of runtimes that are run here: those that AWS has, and those that it had."""

PYTHONS = tuple(f"python3.{minor}" for minor in range(9, 16))
NODES = tuple(f"nodejs{major}.x" for major in (18, 20, 22, 24, 26))
CUSTOM = ("provided.al2", "provided.al2023")
RETIRED = (
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "nodejs",
    "nodejs4.3",
    "nodejs4.3-edge",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
)
"""Names that AWS takes no longer, or that people write, and that stand in many files: the nearest interpreter does."""


def is_interpreted(runtime: str) -> bool:
    """Whether a runtime's language is run here: Python or Node.js of any version that AWS has or had."""
    return runtime in PYTHONS or runtime in NODES or runtime in RETIRED
