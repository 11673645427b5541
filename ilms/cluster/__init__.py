"""The pipeline on several machines: PostgreSQL, Redis, Airflow's servers and Celery workers, here all on this one."""
