"""Everything that happens later (law 3): durable rows with a due time, executed at least once by one worker."""
