"""Outputs: each that the compiler makes is exported under a name of its own."""

from typing import Any

from stratolite.templates.serverless.service import Service


def name_exports(service: Service, outputs: dict[str, Any]) -> None:
    """``sls-<service>-<stage>-<output>`` for every output so far; those of ``resources`` come later and stay as is."""
    for key, output in outputs.items():
        output.setdefault("Export", {"Name": f"sls-{service.name}-{service.stage}-{key}"})
