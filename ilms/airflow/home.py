"""Airflow's own folder under ILMS_HOME, and the settings that keep it small, private and on this machine."""

from __future__ import annotations

import base64
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from ilms.airflow.logins import USERS
from ilms.other_pythons import FOR_OTHER_PYTHONS
from ilms.pipeline.faults import require_home
from ilms.pipeline.shares import usable_processors
from schemas.errors import IlmsError
from warehouse.files import replacing
from warehouse.intake.access import Access
from warehouse.intake.proxies import set_aside
from warehouse.layout import Layout

HOST = "127.0.0.1"
USER = "admin"
PROJECT = Path(__file__).resolve().parents[2]
MARK = "ILMS_AIRFLOW_HOME"
METRICS = "AIRFLOW__METRICS__"
"""How the variables begin that say where Airflow's metrics go: the operator's are handed on, and no others."""
LOCKED_SECONDS = 60
AT_A_TIME = usable_processors() + 1
"""Partitions at work at a time: one more than processors, as each waits for files and for Airflow now and then."""


class AirflowError(IlmsError):
    """Airflow could not be started, or ended before its work."""

    kind = "airflow"


@dataclass(frozen=True)
class AirflowHome:
    """Airflow's folder of one ILMS_HOME. Nothing of the pipeline is kept only here."""

    layout: Layout
    access: Access

    @property
    def folder(self) -> Path:
        """AIRFLOW_HOME."""
        return self.layout.home / "airflow"

    @property
    def database(self) -> Path:
        """Airflow's history of runs (SQLite)."""
        return self.folder / "airflow.db"

    @property
    def server_logs(self) -> Path:
        """What the servers print."""
        return self.folder / "servers"

    @property
    def service(self) -> Path:
        """How to reach the servers that `make up` left running."""
        return self.folder / "service.json"

    @property
    def passwords(self) -> Path:
        """The password of Airflow's pages."""
        return self.layout.home / USERS

    def password(self) -> str:
        """The password of the user `admin`."""
        return str(json.loads(self.passwords.read_text(encoding="utf-8"))[USER])

    def create(self) -> None:
        """Make the folder and its secrets; only this user may read them.

        Raises MachineError when that is not possible, AirflowError where Airflow would not find it again.
        """
        self._check_name()
        if not self.folder.is_dir():
            require_home(self.layout)
        for folder in (self.folder, self.server_logs):
            folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        if not self.passwords.exists():
            _write_private(self.passwords, json.dumps({USER: secrets.token_urlsafe(12)}))
        for name, size in (("fernet", 32), ("api", 48), ("jwt", 48)):
            file = self.folder / f"secret-{name}"
            if not file.exists():
                _write_private(file, base64.urlsafe_b64encode(secrets.token_bytes(size)).decode())

    def _check_name(self) -> None:
        """Airflow looks for variables of the environment in every path, SQLAlchemy for settings behind a `?`."""
        name = str(self.folder)
        if "?" in name or os.path.expandvars(name) != name:
            raise AirflowError(
                f"Airflow cannot keep its database in '{name}'",
                why="it does not read a `?`, or a `$` before the name of a variable, as part of a folder's name",
                remedy="set ILMS_HOME to a folder of another name, or use `ilms run`, which needs no Airflow",
            )

    def environment(self, port: int, *, schedules: bool) -> dict[str, str]:
        """The environment of every Airflow process; `create` comes first.

        `schedules` says whether sources are also ingested on the schedules they declare. Retries then also wait longer:
        a person waits for a run, but nobody for a schedule.
        """
        foreign = ("AIRFLOW_", *FOR_OTHER_PYTHONS)
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        metrics = {name: value for name, value in os.environ.items() if name.startswith(METRICS)}
        return {
            **set_aside(inherited),
            # Each task would read the names that Airflow's metrics once had.
            f"{METRICS}LEGACY_NAMES_ON": "False",
            **metrics,
            **self._pipeline(schedules),
            **self._core(port),
            **self._servers(port),
            **_quiet(),
        }

    def _pipeline(self, schedules: bool) -> dict[str, str]:
        return {
            MARK: str(self.folder),
            # Otherwise a server that renames itself also hides its environment, and with it the mark.
            "SPT_NOENV": "1",
            "ILMS_HOME": str(self.layout.home),
            "ILMS_MIRROR": str(self.access.mirror or ""),
            "ILMS_LOCAL": os.pathsep.join(map(str, self.access.local)),
            "ILMS_ONLINE": "1" if self.access.online else "",
            "ILMS_SCHEDULES": "1" if schedules else "",
            "ILMS_RETRIES": "3" if schedules else "1",
            "ILMS_RETRY_SECONDS": "300" if schedules else "2",
            "ILMS_LOOK_SECONDS": "5" if schedules else "1",
        }

    def _core(self, port: int) -> dict[str, str]:
        return {
            "AIRFLOW_HOME": str(self.folder),
            "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
            "AIRFLOW__CORE__PLUGINS_FOLDER": str(PROJECT / "ilms" / "airflow" / "plugins"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
            "AIRFLOW__CORE__EXECUTOR": "ilms.airflow.executor.PreloadingExecutor",
            # More than are at work: a worker looks only now and then whether its task's process has ended, long after
            # the task has (see AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL).
            "AIRFLOW__CORE__PARALLELISM": str(3 * AT_A_TIME),
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "socket.gethostname",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://{HOST}:{port}/execution/",
            "AIRFLOW__CORE__FERNET_KEY": self._secret("fernet"),
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
            "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(self.passwords),
            # SQLite has one writer at a time; on a busy machine the others wait for more than its usual 5 seconds.
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{self.database}?timeout={LOCKED_SECONDS}",
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(self.folder / "logs"),
        }

    def _servers(self, port: int) -> dict[str, str]:
        return {
            "AIRFLOW__API__HOST": HOST,
            "AIRFLOW__API__PORT": str(port),
            "AIRFLOW__API__BASE_URL": f"http://{HOST}:{port}",
            "AIRFLOW__API__SECRET_KEY": self._secret("api"),
            "AIRFLOW__API_AUTH__JWT_SECRET": self._secret("jwt"),
            "AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": "0.5",
            "AIRFLOW__SCHEDULER__SCHEDULER_HEALTH_CHECK_SERVER_HOST": HOST,
            "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "60",
            "AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL": "3",
            "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "120",
            # Also where the system, not the environment, names a proxy.
            "NO_PROXY": f"{HOST},localhost",
            "no_proxy": f"{HOST},localhost",
        }

    def _secret(self, name: str) -> str:
        return (self.folder / f"secret-{name}").read_text(encoding="utf-8")


def _quiet() -> dict[str, str]:
    """No usage data to anyone, no colours in log files."""
    return {
        "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
        "SCARF_ANALYTICS": "false",
        "GX_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        "NO_COLOR": "1",
    }


def _write_private(file: Path, text: str) -> None:
    with replacing(file) as draft:
        draft.touch(mode=0o600)
        draft.write_text(text, encoding="utf-8")
