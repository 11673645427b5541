"""Airflow's local executor, whose workers are forked once the heavy libraries are loaded.

Each task is a process forked from a worker, so none of them loads these libraries again.
"""

from __future__ import annotations

from airflow.executors.local_executor import LocalExecutor


class PreloadingExecutor(LocalExecutor):  # type: ignore[misc]  # Airflow has no types
    """LocalExecutor with the libraries of the pipeline, and those of Airflow's own tasks, loaded before it forks."""

    def start(self) -> None:
        """Load the libraries, then start the workers."""
        import airflow.sdk.execution_time.supervisor
        import airflow.sdk.execution_time.task_runner  # noqa: F401

        import ilms.pipeline.preloaded  # noqa: F401

        super().start()
