"""The bare script that a fetch of files is held against: httpx, md5, a `.part`, a rename, both flushed, and no more.

    python bare_fetch.py CONNECTIONS FOLDER < FILES

FILES is JSON, `[[md5, url], ...]`. It does without everything that makes favsync worth having: no plan, no rows, no
pace, nothing that goes on after a failure.
"""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx


def main() -> None:
    """Fetch all."""
    connections, root = int(sys.argv[1]), Path(sys.argv[2])
    with httpx.Client(trust_env=False) as client:

        def fetch(file: tuple[str, str]) -> None:
            md5, url = file
            folder = root / md5[:2] / md5[2:4]
            folder.mkdir(parents=True, exist_ok=True)
            part, name = folder / f"{md5}.png.part", folder / f"{md5}.png"
            digest = hashlib.md5(usedforsecurity=False)
            with client.stream("GET", url) as answer, part.open("wb") as out:
                answer.raise_for_status()
                for data in answer.iter_bytes():
                    digest.update(data)
                    out.write(data)
                out.flush()
                os.fsync(out.fileno())
            if digest.hexdigest() != md5:
                raise ValueError(url)
            part.replace(name)
            descriptor = os.open(folder, os.O_RDONLY)
            os.fsync(descriptor)
            os.close(descriptor)

        with ThreadPoolExecutor(connections) as pool:
            list(pool.map(fetch, json.load(sys.stdin)))


if __name__ == "__main__":
    main()
