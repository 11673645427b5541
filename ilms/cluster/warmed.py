"""Importing this reads what every partition needs: a worker does so once, and the processes that it forks need not."""

from ilms.pipeline.warm import warm_up

warm_up()
