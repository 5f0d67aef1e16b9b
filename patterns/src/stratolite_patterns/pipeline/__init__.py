"""Pipelines: steps over objects of S3, each object on its own, whatever order and number its notifications come in.

objects    what a notification speaks of: keys decoded, test events left out
stored     StoredObject: read piece by piece, within bounds
outputs    Output: stored piece by piece, never over a newer one
progress   Progress: a record for each object
runner     Pipeline: the steps, the Lambda handler, the dead letter
"""

from stratolite_patterns.pipeline.objects import MalformedNotification, ObjectRef, objects_of, objects_of_text
from stratolite_patterns.pipeline.outputs import BadKey, Output
from stratolite_patterns.pipeline.progress import InProgress, Progress
from stratolite_patterns.pipeline.runner import OutputLoop, Pipeline
from stratolite_patterns.pipeline.stored import Gone, Poison, StoredObject, Superseded, TooLarge
from stratolite_patterns.records import BatchFailed

__all__ = [
    "BadKey",
    "BatchFailed",
    "Gone",
    "InProgress",
    "MalformedNotification",
    "ObjectRef",
    "Output",
    "OutputLoop",
    "Pipeline",
    "Poison",
    "Progress",
    "StoredObject",
    "Superseded",
    "TooLarge",
    "objects_of",
    "objects_of_text",
]
