"""A model with all that it needs to score: features' contract, trees, calibrator, points scale, tiers, definition.

It is stored as plain JSON and LightGBM's text, so that loading it runs no stored code.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

import numpy as np
import pandas as pd

from pqlml.definition import Definition, dump_definition, parse_definition
from pqlml.errors import NotFoundError
from pqlml.features.spec import Feature
from pqlml.features.vocabulary import Vocabulary
from pqlml.model.calibration import LogOddsCalibrator
from pqlml.model.encoding import Encoder
from pqlml.model.line import Line
from pqlml.model.margins import tree_margins
from pqlml.model.scale import PointsScale

if TYPE_CHECKING:
    import lightgbm as lgb

Kind = Literal["trees", "linear"]
"""What learned: boosted trees, or the regularised linear model."""
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
_FORMAT: Final = 2
_FILE: Final[dict[Kind, str]] = {"trees": "trees.txt", "linear": "line.json"}


@dataclass(frozen=True)
class Training:
    """What the model was made of.

    Attributes
    ----------
    known_until
        End of the newest label window used: judging the model is forward in time only from cutoffs at or after it.
        Null without times.
    """

    rows: int
    conversions: int
    first_cutoff: dt.datetime | None
    last_cutoff: dt.datetime | None
    known_until: dt.datetime | None

    @property
    def base_rate(self) -> float:
        """Share of conversions among the training rows."""
        return self.conversions / self.rows


@dataclass(frozen=True)
class PropensityModel:
    """Scores feature tables.

    Attributes
    ----------
    core
        What was learned: a LightGBM booster, or a line.
    typical
        For numeric features the median of the training rows.
    headline
        What the procedure that made this model was worth out of time, in words.
    """

    definition: Definition
    vocabulary: Vocabulary
    features: tuple[Feature, ...]
    encoder: Encoder
    core: lgb.Booster | Line
    calibrator: LogOddsCalibrator
    scale: PointsScale
    training: Training
    typical: Mapping[str, float] = field(default_factory=dict)
    headline: str = ""

    @property
    def kind(self) -> Kind:
        """Which learner made it."""
        return "linear" if isinstance(self.core, Line) else "trees"

    def margin(self, values: pd.DataFrame) -> np.ndarray:
        """Return the raw score of what was learned, in log-odds, one per row."""
        return raw_score(self.core, self.encoder.matrix(values))

    def log_odds(self, values: pd.DataFrame) -> np.ndarray:
        """Return calibrated log-odds, one per row."""
        return self.calibrator.log_odds(self.margin(values))

    def probability(self, values: pd.DataFrame) -> np.ndarray:
        """Return calibrated probabilities, one per row."""
        return self.calibrator.probability(self.margin(values))


def raw_score(core: lgb.Booster | Line, matrix: np.ndarray) -> np.ndarray:
    """Return log-odds before calibration, one per row of the encoder's matrix."""
    if isinstance(core, Line):
        return core.margin(matrix)
    return tree_margins(core, matrix)


def save_model(model: PropensityModel, folder: Path) -> None:
    """Write the model into a folder: ``model.json``, ``trees.txt`` or ``line.json``, ``definition.yaml``."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {
        "format": _FORMAT,
        "kind": model.kind,
        "vocabulary": model.vocabulary.as_dict(),
        "features": [asdict(feature) for feature in model.features],
        "encoder": asdict(model.encoder),
        "calibrator": asdict(model.calibrator),
        "scale": asdict(model.scale),
        "training": {key: _plain(value) for key, value in asdict(model.training).items()},
        "typical": dict(model.typical),
        "headline": model.headline,
    }
    (folder / "model.json").write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")
    if isinstance(model.core, Line):
        line = json.dumps(model.core.as_dict(), allow_nan=False)
        (folder / _FILE["linear"]).write_text(line, encoding="utf-8")
    else:
        (folder / _FILE["trees"]).write_text(model.core.model_to_string(), encoding="utf-8")
    (folder / "definition.yaml").write_text(dump_definition(model.definition), encoding="utf-8")


def load_model(folder: Path) -> PropensityModel:
    """Read what :func:`save_model` wrote.

    Raises
    ------
    NotFoundError
        If the folder holds no model, or one of a format that this version does not read.
    """
    try:
        content = json.loads((folder / "model.json").read_text(encoding="utf-8"))
        if content["format"] != _FORMAT:
            msg = f"{folder} holds a model of format {content['format']}; this version reads {_FORMAT}. Train it again."
            raise NotFoundError(msg)
        kind: Kind = content["kind"]
        learned = (folder / _FILE[kind]).read_text(encoding="utf-8")
        definition = parse_definition(
            (folder / "definition.yaml").read_text(encoding="utf-8"), "the model's definition"
        )
    except FileNotFoundError as error:
        msg = f"{folder} holds no model: {error.filename} is missing."
        raise NotFoundError(msg) from error
    encoder = content["encoder"]
    training = content["training"]
    instants = {key: _instant(training[key]) for key in ("first_cutoff", "last_cutoff", "known_until")}
    return PropensityModel(
        definition=definition,
        vocabulary=Vocabulary.from_dict(content["vocabulary"]),
        features=tuple(_feature(item) for item in content["features"]),
        encoder=Encoder(
            tuple(encoder["names"]), tuple(None if levels is None else tuple(levels) for levels in encoder["levels"])
        ),
        core=_core(kind, learned),
        calibrator=LogOddsCalibrator(**content["calibrator"]),
        scale=PointsScale(**content["scale"]),
        training=Training(**{**training, **instants}),
        typical=content["typical"],
        headline=content["headline"],
    )


def _core(kind: Kind, text: str) -> lgb.Booster | Line:
    if kind == "linear":
        return Line.from_dict(json.loads(text))
    import lightgbm as lgb

    return lgb.Booster(model_str=text)


def _feature(item: dict[str, Any]) -> Feature:
    tuples = {key: tuple(item[key]) for key in ("events", "bounds", "values") if item[key] is not None}
    return Feature(**{**item, **tuples, "inputs": tuple(_feature(one) for one in item["inputs"])})


def _plain(value: object) -> object:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _instant(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
