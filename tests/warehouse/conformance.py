"""What every engine must do alike."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq

from pqlml.warehouse import Warehouse

OLD, NEW = dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999)
ROWS = pa.table(
    {
        "id": pa.array(["a", None, "", '报告, "ü"\n☕', "e", " "]),
        "ts": pa.array([OLD, dt.datetime(1969, 12, 31, 23, 59, 59, 999_999), None, NEW, OLD, OLD], pa.timestamp("us")),
        "x": pa.array([0.1, None, float("nan"), float("inf"), -1e300, 5e-324]),
        "n": pa.array([2**62, None, -(2**62), 0, 1, -1], pa.int64()),
        "ok": pa.array([True, None, False, True, True, False]),
    }
)

TEXTS = {
    "2024-03-31": dt.datetime(2024, 3, 31),
    "2024-03-31 10:20:30.123456": dt.datetime(2024, 3, 31, 10, 20, 30, 123_456),
    "2024-03-31T10:20:30Z": dt.datetime(2024, 3, 31, 10, 20, 30),
    "2024-03-31T10:20:30+02:00": dt.datetime(2024, 3, 31, 8, 20, 30),
    "2024-02-30": None,
    "2024": None,
    "yesterday": None,
    "12:30": None,
    "": None,
}


def rows(warehouse: Warehouse, table: ibis.Table) -> list[dict[str, object]]:
    found: list[dict[str, object]] = warehouse.fetch(table).to_pylist()
    return sorted(found, key=lambda row: tuple(str(value) for value in row.values()))


class Conformance:
    """Subclasses give a ``warehouse``."""

    def test_rows_come_back_as_they_went(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", ROWS)
        again = warehouse.fetch(warehouse.save("again", kept))
        assert again.schema.names == ROWS.schema.names
        assert [str(kind) for kind in again.schema.types] == [str(kind) for kind in ROWS.schema.types]
        assert sorted(map(repr, again.to_pylist())) == sorted(map(repr, ROWS.to_pylist()))

    def test_no_rows_keep_their_types(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", ROWS.slice(0, 0))
        found = warehouse.fetch(kept)
        assert found.num_rows == 0
        assert [str(kind) for kind in found.schema.types] == [str(kind) for kind in ROWS.schema.types]

    def test_batches_and_odd_types_are_taken(self, warehouse: Warehouse) -> None:
        odd = pa.table(
            {
                "word": pa.array(["a", "b", "a"]).dictionary_encode(),
                "large": pa.array(["x", None, "y"], pa.large_string()),
                "count": pa.array([1, 2, 3], pa.uint32()),
                "nothing": pa.nulls(3),
                "when": pa.array([1, 2_000_000, None], pa.timestamp("ns")),
            }
        )
        kept = warehouse.save_arrow("kept", odd.to_reader(max_chunksize=1))
        found = sorted(warehouse.fetch(kept).to_pylist(), key=lambda row: row["count"])
        assert [row["word"] for row in found] == ["a", "b", "a"]
        assert [row["large"] for row in found] == ["x", None, "y"]
        assert [row["nothing"] for row in found] == [None, None, None]
        assert [row["when"] for row in found][1] == dt.datetime(1970, 1, 1, 0, 0, 0, 2000)

    def test_a_table_may_replace_one_that_it_reads(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", pa.table({"n": [1, 2, 3]}))
        kept = warehouse.save("kept", kept.filter(kept.n > 1))
        kept = warehouse.save("kept", kept.mutate(twice=kept.n * 2))
        assert rows(warehouse, kept) == [{"n": 2, "twice": 4}, {"n": 3, "twice": 6}]

    def test_what_is_compiled_once_runs_again(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", pa.table({"n": [1, 2]}))
        compiled = warehouse.compile(kept.agg(total=kept.n.sum().cast("int64")))
        assert rows(warehouse, warehouse.save("total", compiled)) == [{"total": 3}]
        warehouse.save_arrow("kept", pa.table({"n": [40]}))
        assert warehouse.fetch(compiled).to_pylist() == [{"total": 40}]

    def test_parquet_is_read_with_its_types(self, warehouse: Warehouse, tmp_path: Path) -> None:
        berlin = pa.array([dt.datetime(2024, 3, 31, 1, 30, tzinfo=dt.UTC)], pa.timestamp("us", "Europe/Berlin"))
        given = {"zoned": berlin, "plain": pa.array([dt.datetime(2024, 3, 31, 2, 30)], pa.timestamp("us")), "n": [7]}
        pq.write_table(pa.table(given), tmp_path / "a.parquet")
        table = warehouse.read_parquet(tmp_path / "a.parquet")
        assert table.zoned.type().timezone
        assert not table.plain.type().timezone
        found = warehouse.fetch(table.select("n", zoned=table.zoned.cast("timestamp(6)"), plain=table.plain))
        assert found.to_pylist() == [
            {"n": 7, "zoned": dt.datetime(2024, 3, 31, 1, 30), "plain": dt.datetime(2024, 3, 31, 2, 30)}
        ]

    def test_parquet_with_types_of_others_is_read(self, warehouse: Warehouse, tmp_path: Path) -> None:
        odd = {
            "when": pa.array([1_700_000_000_123_456_789], pa.timestamp("ns")),
            "tags": [["a", "b"]],
            "huge": pa.array([2**64 - 1], pa.uint64()),
            "at": pa.array([dt.time(12, 30)]),
            "n": pa.array([1], pa.uint8()),
        }
        folder = tmp_path / "odd" / "deeper"
        folder.mkdir(parents=True)
        pq.write_table(pa.table(odd), folder / "a.parquet")
        table = warehouse.read_parquet(tmp_path / "odd")
        found = warehouse.fetch(
            table.select(
                when=table.when.cast("timestamp(6)"),
                tags=table.tags.cast("string"),
                huge=table.huge.cast("string"),
                at=table["at"].cast("string"),
                n=table.n.cast("int64"),
            )
        )
        assert found.to_pylist() == [
            {
                "when": dt.datetime(2023, 11, 14, 22, 13, 20, 123_456),
                "tags": "[a, b]",
                "huge": "18446744073709551615",
                "at": "12:30:00",
                "n": 1,
            }
        ]

    def test_csv_is_read_alike(self, warehouse: Warehouse, tmp_path: Path) -> None:
        text = 'id,ts,n,x,ok,note\n01,2024-03-31T02:30:00Z,1,0.5,true,"a, ""b"""\n02,,,NA,false,\n'
        (tmp_path / "a.csv").write_text(text)
        table = warehouse.read_csv(tmp_path / "a.csv", ("NA",))
        found = warehouse.fetch(
            table.select("id", "ok", "note", ts=table.ts.cast("timestamp(6)"), n=table.n, x=table.x).order_by("id")
        )
        assert found.to_pylist() == [
            {"id": "01", "ok": True, "note": 'a, "b"', "ts": dt.datetime(2024, 3, 31, 2, 30), "n": 1, "x": 0.5},
            {"id": "02", "ok": False, "note": None, "ts": None, "n": None, "x": None},
        ]

    def test_what_cannot_be_cast_is_null(self, warehouse: Warehouse) -> None:
        values = [0.0000004, 0.0000006, -1234567.891011, float("nan"), float("inf"), 1e30, None]
        texts = ["1", " 2.5", "x", "", "1e3", "0x10", None]
        kept = warehouse.save_arrow("kept", pa.table({"k": range(7), "x": values, "s": texts}))
        found = warehouse.fetch(
            kept.select(
                "k",
                decimal=kept.x.try_cast("decimal(28, 6)").cast("float64"),
                number=kept.s.try_cast("float64"),
            ).order_by("k")
        ).to_pydict()
        assert found["decimal"] == [0.0, 0.000001, -1234567.891011, None, None, None, None]
        assert found["number"] == [1.0, 2.5, None, None, 1000.0, None, None]

    def test_texts_become_instants_alike(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", pa.table({"s": list(TEXTS)}))
        found = warehouse.fetch(kept.select("s", ts=kept.s.try_cast("timestamp('UTC')").cast("timestamp(6)")))
        assert {row["s"]: row["ts"] for row in found.to_pylist()} == TEXTS

    def test_time_is_counted_in_microseconds_of_days_of_24_hours(self, warehouse: Warehouse) -> None:
        later = [dt.datetime(2024, 3, 31, 12), dt.datetime(2500, 1, 1), dt.datetime(1970, 1, 1)]
        earlier = [dt.datetime(2024, 3, 30, 12), dt.datetime(1, 1, 1), dt.datetime(1970, 1, 1, 0, 0, 0, 1)]
        kinds = pa.timestamp("us")
        given = {"k": range(3), "later": pa.array(later, kinds), "earlier": pa.array(earlier, kinds)}
        kept = warehouse.save_arrow("kept", pa.table(given))
        found = warehouse.fetch(
            kept.select(
                "k",
                apart=kept.later.delta(kept.earlier, unit="microsecond"),
                before=kept.later - ibis.interval(days=7),
                day=kept.later.truncate("D"),
            ).order_by("k")
        ).to_pydict()
        tick = dt.timedelta(microseconds=1)
        assert found["apart"] == [(a - b) // tick for a, b in zip(later, earlier, strict=True)]
        assert found["before"] == [a - dt.timedelta(days=7) for a in later]
        assert found["day"] == [a.replace(hour=0) for a in later]

    def test_truth_values_are_counted_and_numbers_divided(self, warehouse: Warehouse) -> None:
        kept = warehouse.save_arrow("kept", pa.table({"n": [7, -7, 8], "ok": [True, None, True]}))
        found = warehouse.fetch(
            kept.agg(
                yes=kept.ok.cast("int64").sum().cast("float64"),
                half=(kept.n.max() / 3).cast("float64"),
                every=kept.ok.any(),
            )
        )
        assert found.to_pylist() == [{"yes": 2.0, "half": 8 / 3, "every": True}]

    def test_parquet_is_written(self, warehouse: Warehouse, tmp_path: Path) -> None:
        kept = warehouse.save_arrow("kept", ROWS)
        for _ in range(2):  # the second time it replaces the first
            warehouse.write_parquet(str(tmp_path / "out.parquet"), kept.select("id", **{"n.count.7d": kept.n}))
        found = pq.read_table(tmp_path / "out.parquet")
        assert found.column_names == ["id", "n.count.7d"]
        assert sorted(map(repr, found["n.count.7d"].to_pylist())) == sorted(map(repr, ROWS["n"].to_pylist()))
