"""Benchmarks, each a ratio against a floor or a peer that is measured in the same run.

    python -m bench [name ...]      start, items, invoke, cold, environments, gateway, streams, mappings,
                                    patterns

Machines are noisy; ratios are less so. Peers are installed on first use into ``.bench/`` (a virtual environment with
``ministack``, an npm folder with ``serverless-offline``).
"""
