"""Airflow as we run it: its settings, processes and batches, and what a run would have to do."""
