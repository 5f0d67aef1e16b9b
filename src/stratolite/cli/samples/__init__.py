"""Sample events: what each source of events gives a function, with values of one's own.

A kind has *settings*, each with a default: ``stratolite invoke hello --generate s3-put --set key=cat.png``. The shapes
are those of the developer guides of the sources; each function names its page.
"""

from collections.abc import Mapping
from typing import Any

from stratolite.cli.samples.changes import CHANGES
from stratolite.cli.samples.messages import MESSAGES
from stratolite.cli.samples.model import Place, Sample
from stratolite.cli.samples.requests import REQUESTS
from stratolite.core.errors import UserError

SAMPLES: Mapping[str, Sample] = {**REQUESTS, **MESSAGES, **CHANGES}
"""Every kind, by the name that ``--generate`` takes."""


def sample(kind: str, place: Place, chosen: Mapping[str, str]) -> dict[str, Any]:
    """An event. Raises UserError for a kind or a setting that there is not."""
    if kind not in SAMPLES:
        raise UserError(f"there is no sample event {kind!r}", todo=f"Take one of: {', '.join(SAMPLES)}.")
    known = SAMPLES[kind]
    unknown = [name for name in chosen if name not in known.settings]
    if unknown:
        raise UserError(
            f"the sample event {kind} has no setting {unknown[0]!r}",
            todo=f"Its settings are {', '.join(known.settings)}.",
        )
    return known.make(place, {**known.settings, **chosen})
