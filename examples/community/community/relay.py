"""On the table's stream: what the outbox was given is published, at least once, and in order for each of its things."""

from community.happened import outbox

handler = outbox()
