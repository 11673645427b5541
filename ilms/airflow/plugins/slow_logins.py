"""What Airflow's API server loads from here: the middleware that slows wrong logins."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from ilms.airflow.logins import SlowLogins


class SlowLoginsPlugin(AirflowPlugin):  # type: ignore[misc]
    """Puts `SlowLogins` in front of everything that Airflow's API server answers."""

    name = "slow_logins"
    fastapi_root_middlewares = [{"name": "slow logins", "middleware": SlowLogins, "args": [], "kwargs": {}}]
