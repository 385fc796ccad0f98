"""Asks Datasette, as a process of its own: `python -m tests.cli.in_datasette DATABASE METADATA < paths.json`.

Paths come in as a list of JSON on stdin; out come the statuses and texts of the answers, in the same order. Requests do
not leave the process: they go through Datasette's own client.
"""

import asyncio
import json
import sys
from pathlib import Path

from datasette.app import Datasette  # type: ignore[import-untyped]  # it has none


async def _answers(database: str, metadata: Path, paths: list[str]) -> list[tuple[int, str]]:
    datasette = Datasette([database], metadata=json.loads(metadata.read_text()))
    responses = [await datasette.client.get(path) for path in paths]
    return [(response.status_code, response.text) for response in responses]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(_answers(sys.argv[1], Path(sys.argv[2]), json.load(sys.stdin)))))
