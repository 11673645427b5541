"""Airflow's local executor, whose workers are forked once all that every partition needs is loaded.

That is the heavy libraries, and the declarations that come with the software. Each task is a process forked from a
worker, so none of them loads these again.
"""

from __future__ import annotations

from airflow.executors.local_executor import LocalExecutor


class PreloadingExecutor(LocalExecutor):  # type: ignore[misc]  # Airflow has no types
    """LocalExecutor with what the pipeline needs, and the libraries of Airflow's own tasks, loaded before it forks."""

    def start(self) -> None:
        """Load the libraries, then start the workers."""
        import airflow.sdk.execution_time.supervisor
        import airflow.sdk.execution_time.task_runner  # noqa: F401

        from ilms.pipeline.warm import warm_up

        warm_up()
        super().start()
