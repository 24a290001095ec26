"""Bounds of what may be asked for, and of what is published; and the size of the parts of large data."""

__all__ = [
    "EVERY", "LEAST_CELL", "LEAST_GROUP", "MOST_PLANNED", "MOST_REPLICATES", "MOST_THREADS", "ROWS_PER_SHARD",
    "SHARDS_PER_TASK", "TASKS_PER_THREAD",
]  # fmt: skip

MOST_REPLICATES = 1_000_000
"""Replicates of a bootstrap: their estimates are all in memory."""
MOST_PLANNED = 1_000
"""Items, outcomes of one, and types of a plan, which simulates rows of them."""
MOST_THREADS = 4_096
"""Threads or processes: as many are begun as are asked for; larger numbers can only be slips."""
LEAST_CELL = 10
"""Voters, or observations, that a published count stands for at least, by default."""
LEAST_GROUP = 30
"""Voters, or observations, of a group whose shares are published, at least, by default."""
ROWS_PER_SHARD = 65_536
"""Profiles of a shard at most. Fixed, so that sums do not depend on the number of threads."""
EVERY = 60.0
"""Seconds between two times that a checkpoint is written, when the caller does not say."""
TASKS_PER_THREAD = 4
"""Tasks for each thread of a cluster at most: enough to be shared out evenly when workers are not alike."""
SHARDS_PER_TASK = 16
"""Shards of a task at least, where there are more tasks than threads: they take longer than handing out the task."""
