"""How long AWS takes to initialise a function that has nothing to load, by runtime: for those who want to feel it here.

The values are averages of the Init Duration of such functions with 256 to 1024 MB on x86_64, as lambda-perf measured
them on 2025-12-21 (https://github.com/maxday/lambda-perf, data/2025). What the function itself loads comes on top, here
as there; the time in which AWS finds a machine and downloads the code, which no log shows, is not added.
"""

INIT_MS = {
    "python3.9": 90,
    "python3.10": 90,
    "python3.11": 90,
    "python3.12": 90,
    "python3.13": 105,
    "python3.14": 140,
    "provided.al2": 15,
    "provided.al2023": 15,
}
INIT_MS_OTHER = {"python": 140, "nodejs": 140}
"""Of runtimes that are not listed."""


def delay_s(runtime: str) -> float:
    """Seconds that a cold start of this runtime should take longer; what it really takes here is small beside it."""
    language = runtime.rstrip("0123456789.x")
    return INIT_MS.get(runtime, INIT_MS_OTHER.get(language, 0)) / 1000
