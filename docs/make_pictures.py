"""Take the pictures of the documentation anew: the sales page, a lead, and the report of a simulated company.

Needs Chromium. ``make pictures`` runs it; it takes about two minutes.
"""

from __future__ import annotations

import argparse
import datetime as dt
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import uvicorn
from PIL import Image

from pqlml import pipeline
from pqlml.definition import load_definition
from pqlml.definition.shipped import shipped_definitions
from pqlml.demo import DEMOS
from pqlml.web.app import create_app
from pqlml.web.links import lead_address

IMAGES: Final = Path(__file__).parent / "images"
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome")
WIDTH: Final = 1_100
LARGEST_BYTES: Final = 250_000
COLOURS: Final = 192


class Shot(NamedTuple):
    """A picture to take: its file, of what page, and how many pixels from the top down."""

    name: str
    url: str
    height: int


def main() -> None:
    """Take all pictures, of a workspace that is made for them unless one is given."""
    parser = argparse.ArgumentParser(description="Take the pictures of the documentation anew.")
    parser.add_argument("--workspace", type=Path, help="take the pictures of this workspace instead of making one")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        scratch = Path(made)
        workspace: Path = asked.workspace if asked.workspace is not None else walk_path(scratch)
        run = pipeline.published(workspace)
        report = max((workspace / "reports").glob("*.html"), key=lambda page: page.stat().st_mtime).resolve()
        with served(workspace, run.run.as_of + dt.timedelta(hours=7)) as address:
            for shot in (
                Shot("sales-page.png", address, 711),
                Shot("lead.png", address + lead_address(run.leads(limit=1).leads[0].entity_id), 962),
                Shot("report.png", report.as_uri(), 640),
                Shot("report-list.png", section(report, "list", scratch).as_uri(), 570),
            ):
                picture = take(shot, scratch)
                print(f"{picture}: {picture.stat().st_size / 1000:.0f} kB")


def walk_path(folder: Path) -> Path:
    """Train and score on the company of ``pqlml demo saas``; return the workspace."""
    data, workspace, demo = folder / "company", folder / "workspace", DEMOS["saas"]
    demo.load(data)
    definition = load_definition(shipped_definitions()[demo.definition])
    trained = pipeline.train(definition, data, workspace)
    pipeline.score(definition, data, workspace, version=trained.released.version)
    return workspace


@contextmanager
def served(workspace: Path, now: dt.datetime) -> Iterator[str]:
    """Serve the sales page as it looks at an instant (zone-less UTC), on a free port."""
    config = uvicorn.Config(create_app(workspace, now=lambda: now), port=0, log_level="warning")
    server = uvicorn.Server(config)
    socket = config.bind_socket()
    thread = threading.Thread(target=server.run, kwargs={"sockets": [socket]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


def section(report: Path, name: str, folder: Path) -> Path:
    """Write a copy of the report that shows one section alone, since a picture begins at the top of its page."""
    style = f"<style>body > :not(main), main > :not(#{name}) {{ display: none }}</style></head>"
    copy = folder / f"{name}.html"
    copy.write_text(report.read_text("utf-8").replace("</head>", style, 1), "utf-8")
    return copy


def take(shot: Shot, scratch: Path) -> Path:
    """Take one picture, and store it in few colours."""
    browser = next((found for found in map(shutil.which, BROWSERS) if found), None)
    if browser is None:
        sys.exit(f"found none of {', '.join(BROWSERS)}; install Chromium (Debian: apt-get install chromium)")
    raw, target = scratch / shot.name, IMAGES / shot.name
    command = [
        browser,
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-background-networking",
        "--hide-scrollbars",
        f"--user-data-dir={scratch / 'browser'}",
        f"--window-size={WIDTH},{shot.height}",
        f"--screenshot={raw}",
        shot.url,
    ]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    with Image.open(raw) as taken:
        taken.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
    if target.stat().st_size > LARGEST_BYTES:
        sys.exit(f"{target} has {target.stat().st_size} bytes, more than {LARGEST_BYTES}; show less of the page")
    return target


if __name__ == "__main__":
    main()
