"""Answers that went wrong on the way: in their framing, their headers, their packing, or as a whole."""

import gzip
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True)
class Mangled:
    """An answer, in the parts that it is sent in."""

    status: bytes
    headers: Headers
    body: bytes

    def sent(self) -> bytes:
        lines = [self.status, *(name + b": " + value for name, value in self.headers)]
        return b"\r\n".join([*lines, b"", b""]) + self.body

    def without(self, name: bytes) -> "Mangled":
        return replace(self, headers=tuple(header for header in self.headers if header[0].lower() != name.lower()))

    def having(self, *headers: tuple[bytes, bytes]) -> "Mangled":
        return replace(self, headers=(*self.headers, *headers))


BOMB = gzip.compress(b" " * 2**24)
MANY = b"[" + b"[]," * 500_000 + b"0]"

Change = Callable[[Random, Mangled], Mangled]


def mangle(random: Random, status: int, body: bytes) -> bytes:
    """Return a right answer with one to three things wrong with it, and sometimes the bytes of it as well."""
    answer = Mangled(
        b"HTTP/1.1 %d Fine" % status,
        ((b"Content-Type", b"application/json"), (b"Content-Length", b"%d" % len(body))),
        body,
    )
    for change in random.sample(CHANGES, random.choice([1, 1, 1, 2, 3])):
        answer = change(random, answer)
    sent = answer.sent()
    for spoil in random.sample(SPOILS, random.choice([0, 0, 0, 0, 1, 2])):
        sent = spoil(random, sent)
    return sent


def _status(random: Random, answer: Mangled) -> Mangled:
    numbers = [0, 99, 100, 101, 103, 199, 201, 204, 205, 206, 226, 300, 301, 302, 304, 308, 400, 401, 402, 403, 404]
    numbers += [405, 406, 410, 413, 418, 422, 423, 429, 451, 499, 500, 502, 503, 511, 520, 526, 599, 600, 999]
    if random.random() < 0.8:
        return replace(answer, status=b"HTTP/1.1 %03d X" % random.choice(numbers))
    version = random.choice([b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2", b"HTTP/0.9", b"http/1.1", b"ICY", b""])
    number = random.choice([b"%03d" % random.choice(numbers), b"20", b"2000", b"-20", b"OK", b""])
    return replace(
        answer, status=random.choice([version, b"HTTP/1.1"]) + b" " + number + random.choice([b"", b" ", b" X"])
    )


def _length(random: Random, answer: Mangled) -> Mangled:
    true = len(answer.body)
    wrong = [
        b"0",
        b"%d" % (true - 1),
        b"%d" % (true // 2),
        b"%d" % (true + 9),
        b"-1",
        b"",
        b"1e3",
        b"0x10",
        b"%d" % 2**70,
    ]
    wrong += [b"%d, %d" % (true, true), b"%d, 3" % true, b"+%d" % true, b"%d " % true]
    answer = answer if random.random() < 0.2 else answer.without(b"Content-Length")
    return answer if random.random() < 0.2 else answer.having((b"Content-Length", random.choice(wrong)))


def _chunked(random: Random, answer: Mangled) -> Mangled:
    extension = random.choice([b"", b"", b";a=b", b";" + b"x" * 500, b" ", b";\x00"])
    chunks, left = b"", answer.body
    while left:
        size = random.randint(1, max(1, len(left)))
        claimed = size + random.choice([0] * 30 + [1, -1, 2**40])
        chunks += b"%x" % max(claimed, 0) + extension + b"\r\n" + left[:size] + b"\r\n"
        left = left[size:]
    chunks += random.choice([b"0\r\n\r\n"] * 4 + [b"", b"0\r\n", b"0\r\nA: b\r\n\r\n", b"zz\r\n\r\n", b"-1\r\n\r\n"])
    kept = answer if random.random() < 0.2 else answer.without(b"Content-Length")
    name = random.choice([b"chunked"] * 6 + [b"Chunked", b"gzip, chunked", b"identity", b"chunked, chunked", b"x"])
    return replace(kept.having((b"Transfer-Encoding", name)), body=chunks)


def _packed(random: Random, answer: Mangled) -> Mangled:
    raw = zlib.compressobj(wbits=-15)
    packings: list[tuple[bytes, bytes]] = [
        (b"gzip", gzip.compress(answer.body)),
        (b"deflate", zlib.compress(answer.body)),
        (b"deflate", raw.compress(answer.body) + raw.flush()),
        (b"gzip, gzip", gzip.compress(gzip.compress(answer.body))),
        (b"gzip", gzip.compress(gzip.compress(answer.body))),
        (b"gzip", gzip.compress(answer.body)[:-5]),
        (b"gzip", gzip.compress(answer.body) + b"junk"),
        (b"gzip", BOMB),
        (random.choice([b"br", b"zstd", b"compress", b"identity", b"gzip;q=1", b"*", b"\xff"]), answer.body),
        (b"gzip", answer.body),
    ]
    name, body = random.choice(packings)
    packed = replace(answer.without(b"Content-Length"), body=body)
    return packed.having((b"Content-Encoding", name), (b"Content-Length", b"%d" % len(body)))


def _headers(random: Random, answer: Mangled) -> Mangled:
    odd: list[tuple[bytes, bytes]] = [
        (b"X-Long", b"a" * random.choice([1000, 70_000, 200_000])),
        (b"X\x00Y", b"a"),
        (b"X Y", b"a"),
        (b"", b"a"),
        (b"X-High", b"\xff\xfe\x80"),
        (b"X-Null", b"\x00"),
        (b"X-Fold", b"a\r\n b"),
        (b"X-Split", b"a\r\n\r\nHTTP/1.1 200 OK"),
        (
            b"Location",
            random.choice([b"/", b"//", b"http://[", b"mailto:a", b"\xff", b"https://x.example/" + b"a" * 9000]),
        ),
        (b"Retry-After", random.choice([b"9" * 400, b"-1", b"0", b"soon", b"Thu, 99 Foo 2026", b"1e9", b"\xff"])),
        (b"Connection", random.choice([b"close", b"keep-alive", b"upgrade", b"\xff"])),
        (b"Upgrade", b"h2c"),
        (b"Set-Cookie", b"a=b; Domain=.example"),
        (b"Content-Type", b"text/html; charset=\xff"),
    ]
    many = tuple((b"X-Many", b"%d" % number) for number in range(random.choice([0, 0, 50, 500])))
    return answer.having(*random.sample(odd, random.randint(0, 3)), *many)


def _body(random: Random, answer: Mangled) -> Mangled:
    bodies = [b"", b"null", b"true", b"0", b'""', b"{}", b"[]", b"[[]]", b"[{}]", b'{"posts":null}', b'{"posts":{}}']
    bodies += [
        b'{"posts":[null]}',
        b'{"posts":[{}]}',
        b'{"posts":[[]]}',
        b"[" * 5000,
        b'{"a":' * 5000,
        b"NaN",
        b"\xef\xbb\xbf{}",
    ]
    bodies += [
        b"<!doctype html><title>Wait</title>",
        b"\xff\xfe{\x00}\x00",
        b'{"posts":[]}',
        b'{"success":false}',
        b"[0]" * 9,
    ]
    bodies += [
        b'{"success":false,"reason":7}',
        b'{"errors":[]}',
        b'{"status":500,"error":[]}',
        MANY,
    ]
    bodies += [
        b'{"id":1e999}',
        b'{"count":-1}',
        b'{"count":"a"}',
        b'"\\ud800"',
        b'{"posts":[{"id":"\\ud800"}]}',
        b" " * 100_000,
    ]
    body = random.choice(bodies)
    return replace(answer.without(b"Content-Length"), body=body).having((b"Content-Length", b"%d" % len(body)))


def _before(random: Random, answer: Mangled) -> Mangled:
    hints = [
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * random.choice([1, 3, 300]),
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ]
    hints += [b"\r\n", b"\r\n\r\n", b"garbage\r\n", b"\x00", b"HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n", b" "]
    return replace(answer, status=random.choice(hints) + answer.status)


CHANGES: list[Change] = [_status, _length, _chunked, _packed, _headers, _body, _before]


def _cut(random: Random, sent: bytes) -> bytes:
    return sent[: random.randint(0, len(sent))]


def _head_bytes(random: Random, sent: bytes) -> bytes:
    """Bytes of the head become others; those of the body stay, as they could say something else and be right."""
    if (end := sent.find(b"\r\n\r\n")) < 1:
        return sent
    mangled = bytearray(sent)
    for _ in range(random.randint(1, 4)):
        mangled[random.randrange(end)] = random.choice([0, 10, 13, 32, 58, 127, 255, random.randrange(256)])
    return bytes(mangled)


def _doubled(random: Random, sent: bytes) -> bytes:
    return sent + random.choice([sent, b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"\x00" * 50])


SPOILS: list[Callable[[Random, bytes], bytes]] = [_cut, _head_bytes, _doubled]
