from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from pqlml import pipeline
from pqlml.cli import serve
from tests.cli.shop import Shop, run_json, write_shop
from tests.review.improvable import TEXT as IMPROVABLE
from tests.review.improvable import write_improvable
from tests.review.planted import TEXT, write_company


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return write_shop(tmp_path)


@dataclass(frozen=True)
class Walk:
    """Every command run once: what it wrote as JSON, and what the pipeline had returned to it."""

    shop: Shop
    workspace: Path
    told: dict[str, dict[str, Any]]
    returned: dict[tuple[str, str], Any]

    def again(self, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
        """Let the pipeline return to a command what it returned before, at once."""
        for (of, step), result in self.returned.items():
            if of == command:
                monkeypatch.setattr(pipeline, step, lambda *_, _result=result, **__: _result)


@pytest.fixture(scope="session")
def walk(tmp_path_factory: pytest.TempPathFactory) -> Walk:
    folder = tmp_path_factory.mktemp("walk")
    shop, workspace = write_shop(folder), folder / "workspace"
    here, there = ("--data", folder), ("--workspace", workspace)
    told: dict[str, dict[str, Any]] = {}
    returned: dict[tuple[str, str], Any] = {}

    def tell(command: str, *arguments: object) -> None:
        with pytest.MonkeyPatch.context() as patch:
            for step in ("check", "evaluate", "train", "tune", "score"):
                patch.setattr(pipeline, step, recording(command, step, getattr(pipeline, step)))
            patch.setattr(serve, "run_server", lambda *_: None)
            told[command] = run_json(*command.split(), *arguments)

    def recording(command: str, step: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            returned[command, step] = function(*arguments, **options)
            return returned[command, step]

        return call

    tell("demo", "saas", "--accounts", 350, *there)
    tell("simulate", "--to", folder / "company", "--accounts", 20, "--off", "aha", "--off", "outage_days")
    tell("check", shop.definition, *here)
    tell("audit", shop.definition, *here)
    tell("evaluate", shop.definition, *here)
    tell("train", shop.definition, *here, *there)
    told["train again"] = run_json("train", shop.definition, *here, *there, "--candidate", "linear")
    tell("models list", "shop", *there)
    tell("models compare", "shop", 1, 2, *there)
    tell("models promote", "shop", 2, "--why", "to roll back from", *there)
    tell("models promote", "shop", 1, "--why", "agreed with sales", *there)
    tell("models rollback", "shop", "--why", "to try it", *there)
    tell("models promote", "shop", 1, "--why", "agreed with sales", *there)
    tell("tune", shop.definition, *here, *there, "--trials", 4, "--space", shop.space, "--to", folder / "tuned.yaml")
    tell("points learn", shop.definition, *here, "--rules", 5, "--to", folder / "learned.yaml")
    tell("score", shop.definition, *here, *there, "--as-of", "2024-05-01")
    tell("explain", told["score"]["leads"][0]["entity_id"], *there)
    tell("report", shop.definition, *here, "--to", folder / "report.html")
    improve(folder, shop, tell)
    tell("serve", *there)
    tell("features list", shop.definition)
    tell("features show", shop.definition, "any.current_streak")
    tell("state update", shop.definition, *here, "--state", folder / "state", "--full")
    tell("state forget", shop.definition, "--state", folder / "state", "--entity", "c001")
    tell("definition list")
    tell("definition show", shop.definition)
    tell("definition validate", shop.definition)
    tell("definition diff", "saas", "collaboration")
    tell("definition schema")
    return Walk(shop, workspace, told, returned)


def improve(folder: Path, shop: Shop, tell: Callable[..., None]) -> None:
    """Walk the loop that improves a definition, on companies whose truth is known."""
    (folder / "planted").mkdir()
    planted = folder / "planted" / "planted.yaml"
    planted.write_text(TEXT)
    write_company(planted.parent, "rule", seed=0, accounts=1200)
    tell("aha", planted, "--data", planted.parent, "--days", 7, "--to", folder / "aha.html")
    (folder / "said.csv").write_text("entity_id,disposition\nc001,no budget\nc002,met\n")
    tell(
        "review",
        shop.definition,
        "--data",
        folder,
        "--dispositions",
        folder / "said.csv",
        "--to",
        folder / "review.html",
    )
    (folder / "improvable").mkdir()
    improvable = folder / "improvable" / "improvable.yaml"
    improvable.write_text(IMPROVABLE)
    write_improvable(improvable.parent, accounts=900)
    there_too, proposal = ("--data", improvable.parent), folder / "proposal.yaml"
    tell("propose", improvable, *there_too, "--to", proposal, "--no-moments")
    tell("replay", improvable, proposal, *there_too, "--to", folder / "replay.html")
    tell("definition adopt", proposal, "--into", improvable, "--by", "Kim", "--why", "exports matter")
