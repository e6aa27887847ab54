"""Commands on other engines: the tables stay there, the kernel is not asked, and the list is the same."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from pqlml.features import kernel
from pqlml.warehouse import open_warehouse
from tests.cli.shop import Shop, run, run_json, write_shop

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

AS_OF = ("--as-of", "2024-05-01")


@dataclass(frozen=True)
class Served:
    """A shop whose tables are on a server, a model that was trained there, and what the command told about it."""

    shop: Shop
    url: str
    workspace: Path
    checked: dict[str, Any]
    trained: dict[str, Any]


@pytest.fixture(scope="module")
def served(postgres: str, tmp_path_factory: pytest.TempPathFactory) -> Served:
    folder = tmp_path_factory.mktemp("served")
    shop, workspace = write_shop(folder), folder / "workspace"
    with open_warehouse(postgres) as warehouse:
        for name in ("events", "customers"):
            warehouse.write(f"shop_{name}", warehouse.read_csv(folder / f"{name}.csv"))
            shop.say(f"path: {name}.csv", f"url: '{postgres}', table: shop_{name}")
            (folder / f"{name}.csv").unlink()
    with pytest.MonkeyPatch.context() as patch:
        refuse_the_kernel(patch)
        where = ("--engine", postgres)
        checked = run_json("check", shop.definition, *where)
        trained = run_json("train", shop.definition, "--workspace", workspace, "--candidate", "linear", *where)
    return Served(shop, postgres, workspace, checked, trained)


def refuse_the_kernel(patch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        pytest.fail("the kernel was asked")

    patch.setattr(kernel, "kernel_features", refuse)


def scored(served: Served, *more: object) -> dict[str, Any]:
    where = ("--workspace", served.workspace, "--model", "newest", *AS_OF)
    told = run_json("score", served.shop.definition, *where, *more)
    return {lead["entity_id"]: (pytest.approx(lead["probability"], rel=1e-9), lead["tier"]) for lead in told["leads"]}


def test_a_server_checks_and_trains_as_the_embedded_engine_does(served: Served) -> None:
    assert served.checked["rows"] == run_json("check", served.shop.definition)["rows"]
    assert served.trained["model"]["version"] == "1"


@pytest.mark.parametrize("engine", ["ibis", "postgres"])
def test_the_list_is_the_same_wherever_features_are_computed(
    served: Served, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = scored(served)
    refuse_the_kernel(monkeypatch)
    monkeypatch.setenv("PQLML_ENGINE", served.url if engine == "postgres" else engine)
    assert len(usual) > 3
    assert scored(served) == usual


def test_spark_scores_what_lies_on_a_server(
    served: Served, spark: SparkSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, before = scored(served), set(spark.catalog.listTables())
    refuse_the_kernel(monkeypatch)
    monkeypatch.setenv("PQLML_ENGINE", "spark")
    assert scored(served) == usual
    assert set(spark.catalog.listTables()) == before, "the given session stays as it is"


def test_a_state_is_refused_by_other_engines_by_name(served: Served, tmp_path: Path) -> None:
    where = ("--workspace", served.workspace, "--state", tmp_path, "--engine", "ibis")
    told = run_json("score", "shop", *where, exit_code=5)
    assert "the engine 'ibis' cannot read a state" in told["error"]["message"]


def test_an_address_of_no_engine_is_refused_with_the_nearest() -> None:
    told = run("check", "saas", "--engine", "postgres//me@here/db")
    assert told.exit_code == 5
    assert "no engine has the address 'postgres//me@here/db'" in told.output
    assert "postgresql" in told.output
