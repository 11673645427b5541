"""What `deploy/` has for Kubernetes: the pod of a task, the values of Airflow's chart, the image.

Neither a cluster nor the chart is at hand here: files are read, and compared with what Airflow, Kubernetes' own client
and the project know.
"""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from typing import Any

import pytest
import yaml

from ilms.authoring.imports import PROJECT, ROOMS
from ilms.cluster.plan import HEARTBEAT_SECONDS

DEPLOY = PROJECT / "deploy"
POD = DEPLOY / "kubernetes" / "pod_template.yaml"
VALUES: dict[str, Any] = yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text(encoding="utf-8"))
SECRET_WORDS = re.compile(r"password|secret|key|token", re.IGNORECASE)


def container() -> dict[str, Any]:
    """The one container of the pod."""
    (found,) = yaml.safe_load(POD.read_text(encoding="utf-8"))["spec"]["containers"]
    return dict(found)


def plain_variables(listed: list[dict[str, Any]]) -> dict[str, str]:
    return {each["name"]: each["value"] for each in listed if "value" in each}


def secrets_of_pod() -> dict[str, tuple[str, str]]:
    """Variable -> secret and its key."""
    references = {each["name"]: each["valueFrom"]["secretKeyRef"] for each in container()["env"] if "valueFrom" in each}
    return {name: (each["name"], each["key"]) for name, each in references.items()}


def secrets_of_values() -> dict[str, tuple[str, str]]:
    return {each["envName"]: (each["secretName"], each["secretKey"]) for each in VALUES["secret"]}


def test_kubernetes_knows_every_key_of_the_pod() -> None:
    """Its client drops what it does not know, and refuses what lacks something: read as the executor reads it, and
    written again, the pod is what the file says."""
    pytest.importorskip("kubernetes", reason="libraries of a cluster are not installed (make cluster installs them)")
    from airflow.providers.cncf.kubernetes.pod_generator import PodGenerator
    from kubernetes.client import ApiClient

    pod = PodGenerator.deserialize_model_file(str(POD))
    assert ApiClient().sanitize_for_serialization(pod) == yaml.safe_load(POD.read_text(encoding="utf-8"))


def test_the_executor_knows_every_option_that_the_values_set() -> None:
    pytest.importorskip("kubernetes", reason="libraries of a cluster are not installed (make cluster installs them)")
    from airflow.providers.cncf.kubernetes.get_provider_info import get_provider_info

    known = get_provider_info()["config"]["kubernetes_executor"]["options"]
    assert set(VALUES["config"]["kubernetes_executor"]) <= set(known)


def test_the_executor_finds_its_container_and_the_pod_ends_with_the_task() -> None:
    pod = yaml.safe_load(POD.read_text(encoding="utf-8"))
    assert container()["name"] == "base"
    assert pod["spec"]["restartPolicy"] == "Never"
    mounted = {mount["name"] for mount in container()["volumeMounts"]}
    assert mounted == {volume["name"] for volume in pod["spec"]["volumes"]}


def test_a_pod_works_on_the_same_terms_as_the_servers() -> None:
    """Otherwise numbers would be protected, or kept, in another way than those who publish them expect."""
    ours = {name: value for name, value in plain_variables(container()["env"]).items() if name.startswith("ILMS_")}
    ours.pop("ILMS_MEMORY_LIMIT")
    assert ours == plain_variables(VALUES["env"])
    assert secrets_of_pod() == secrets_of_values()
    assert "ILMS_PROTECTION_SEED" in secrets_of_pod()
    image = VALUES["images"]["airflow"]
    assert container()["image"] == f"{image['repository']}:{image['tag']}"
    assert VALUES["config"]["core"]["dags_folder"] == plain_variables(container()["env"])["AIRFLOW__CORE__DAGS_FOLDER"]


def test_a_pod_finds_the_servers_and_the_logs_under_the_names_that_the_chart_gives() -> None:
    name = VALUES["fullnameOverride"]
    variables = plain_variables(container()["env"])
    assert variables["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == f"http://{name}-api-server:8080/execution/"
    spec = yaml.safe_load(POD.read_text(encoding="utf-8"))["spec"]
    claims = [volume["persistentVolumeClaim"]["claimName"] for volume in spec["volumes"] if "emptyDir" not in volume]
    assert claims == [f"{name}-logs"]
    assert spec["serviceAccountName"] == f"{name}-worker"
    assert VALUES["logs"]["persistence"]["enabled"]


def test_work_is_done_in_scratch_of_the_pod_and_duckdb_has_less_memory_than_the_pod() -> None:
    from ilms.pipeline.shares import _bytes

    spec = yaml.safe_load(POD.read_text(encoding="utf-8"))["spec"]
    variables = plain_variables(container()["env"])
    (scratch,) = [
        mount["name"] for mount in container()["volumeMounts"] if mount["mountPath"] == variables["ILMS_HOME"]
    ]
    assert "emptyDir" in next(volume for volume in spec["volumes"] if volume["name"] == scratch)
    limit = _bytes(container()["resources"]["limits"]["memory"].replace("Gi", "GiB"))
    share = _bytes(variables["ILMS_MEMORY_LIMIT"])
    assert share is not None
    assert limit is not None
    assert share < 0.75 * limit


def test_no_secret_is_written_in_the_values_or_the_pod() -> None:
    """Secrets are named; what holds them is not here. The page for operators names each, with its keys."""
    for name in (*plain_variables(VALUES["env"]), *plain_variables(container()["env"])):
        assert not SECRET_WORDS.search(name), name
    named = {value for key, value in VALUES.items() if key.endswith("SecretName")}
    named |= {
        VALUES["data"]["metadataSecretName"],
        "ilms-passwords",
        *(each for each, _ in secrets_of_values().values()),
    }
    assert len(named) == 7
    page = (PROJECT / "docs" / "scale.md").read_text(encoding="utf-8")
    for secret in named:
        assert f"`{secret}`" in page, secret
    assert not {"fernetKey", "apiSecretKey", "jwtSecret"} & set(VALUES)


def test_airflow_knows_every_option_that_the_values_set() -> None:
    known = yaml.safe_load((resources.files("airflow") / "config_templates" / "config.yml").read_text(encoding="utf-8"))
    for section, options in VALUES["config"].items():
        if section != "kubernetes_executor":
            assert set(options) <= set(known[section]["options"]), section
    assert VALUES["config"]["scheduler"]["task_instance_heartbeat_timeout"] == str(HEARTBEAT_SECONDS)


def test_what_is_deployed_is_what_is_locked() -> None:
    lock = (PROJECT / "requirements.lock").read_text(encoding="utf-8")
    assert f"apache-airflow=={VALUES['airflowVersion']} " in lock
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert VALUES["images"]["airflow"]["tag"] == project["version"]


def test_the_image_has_every_room_and_installs_from_the_locks() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = {word for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) for word in line.split()}
    assert {*ROOMS, "requirements.lock", "cluster.lock", "pyproject.toml"} <= copied
    assert all((PROJECT / name).exists() for name in copied if not name.startswith(("/", ".", "--")))
    assert text.count("--require-hashes") == 1
    kept = set((PROJECT / ".dockerignore").read_text(encoding="utf-8").split())
    assert {f"!{name}" for name in copied if not name.startswith(("/", ".", "--"))} <= kept


def test_nothing_else_is_in_the_folder_that_no_test_reads() -> None:
    files = {file.relative_to(DEPLOY).as_posix() for file in DEPLOY.rglob("*") if file.is_file()}
    assert files == {"Dockerfile", "kubernetes/pod_template.yaml", "kubernetes/values.yaml"}


def test_the_values_have_one_scheduler() -> None:
    """Two start two runs of one partition's key now and then."""
    assert VALUES["scheduler"]["replicas"] == 1
    assert VALUES["executor"] == "KubernetesExecutor"
