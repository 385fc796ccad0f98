"""A file host that answers a fixed time after it is asked, and knows no more.

    python file_host.py FILES BYTES SECONDS

It writes its files to stdout as one line of JSON, `[[md5, url], ...]`, and after each line on stdin how many requests
it has had. The files are made of one block, so that it costs next to nothing to serve them.
"""

import asyncio
import hashlib
import json
import sys
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n"


class FileHost:
    """Serves files by their names, over connections that stay open."""

    def __init__(self, number: int, size: int, delay: float) -> None:
        block = hashlib.shake_128(b"favsync").digest(size - 16)
        self.delay = delay
        self.files: dict[str, bytes] = {}
        self.requests = 0
        for place in range(number):
            body = _PNG + place.to_bytes(8) + block
            self.files[hashlib.md5(body, usedforsecurity=False).hexdigest()] = body

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after another."""
        try:
            while True:
                path = (await reader.readuntil(b"\r\n\r\n")).split(b" ", 2)[1].decode()
                self.requests += 1
                await asyncio.sleep(self.delay)
                md5 = path.rpartition("/")[2].partition(".")[0]
                body = self.files[md5]
                head = f"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {len(body)}\r\n"
                writer.write(f'{head}Accept-Ranges: bytes\r\nETag: "{md5}"\r\n\r\n'.encode())
                writer.write(body)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


async def main() -> None:
    """Serve until stdin ends."""
    number, size, delay = sys.argv[1:]
    host = FileHost(int(number), int(size), float(delay))
    async with await asyncio.start_server(host.serve, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        print(json.dumps([[md5, f"{url}/data/{md5[:2]}/{md5[2:4]}/{md5}.png"] for md5 in host.files]), flush=True)
        while await asyncio.to_thread(sys.stdin.readline):
            print(host.requests, flush=True)


if __name__ == "__main__":
    asyncio.run(main())
