"""What every handler says of itself: one line of JSON for each thing worth knowing, and metrics, both by Powertools."""

import warnings
from collections.abc import Callable
from typing import Any

from aws_lambda_powertools import Logger, Metrics

# Most invocations have no metrics; Powertools would write a warning into the log of each.
warnings.filterwarnings("ignore", message="No application metrics")

logger = Logger()
metrics = Metrics()
Handler = Callable[..., Any]


def observed(handler: Handler) -> Handler:
    """A handler whose logs name the request, and whose cold starts are counted."""

    def handle(event: Any, context: Any) -> Any:
        return handler(event, context)

    counted = metrics.log_metrics(handle, capture_cold_start_metric=True, raise_on_empty_metrics=False)
    return logger.inject_lambda_context(counted, clear_state=True)
