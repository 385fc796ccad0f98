"""A scripted site, a clock that only moves when somebody sleeps, and clients that use both."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from tests.site.scripted import ScriptedSite

ALICE = Login("alice", "alice-secret-key")

NOON = 1_767_268_800.0
"""2026-01-01 12:00:00 UTC."""


@dataclass
class FakeTime:
    """Time that passes in sleep alone, and by `tick` whenever somebody looks at it."""

    seconds: float = 1000.0
    tick: float = 0.0
    slept: list[float] = field(default_factory=list)

    def clock(self) -> float:
        self.seconds += self.tick
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the machine has set for its own network is nothing to these tests."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "ssl_cert_file", "ssl_cert_dir"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def site() -> Iterator[ScriptedSite]:
    with ScriptedSite() as scripted:
        yield scripted


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


ClientFactory = Callable[..., SiteClient]


@pytest.fixture
def connect(site: ScriptedSite, time: FakeTime) -> Iterator[ClientFactory]:
    """Make clients of the scripted site; every setting can be replaced."""
    with ExitStack() as stack:

        def make(
            login: Login | None = ALICE,
            *,
            url: str | None = None,
            user: str | None = None,
            request_interval: float = 0.0,
            timeout: float = 5.0,
            retry_for: float = 120.0,
            jitter: Callable[[], float] = lambda: 1.0,
        ) -> SiteClient:
            client = SiteClient(
                url or site.url,
                login=login,
                user=user,
                request_interval=request_interval,
                timeout=timeout,
                retry_for=retry_for,
                clock=time.clock,
                sleep=time.sleep,
                jitter=jitter,
                now=lambda: NOON,
            )
            return stack.enter_context(client)

        yield make


@pytest.fixture
def client(connect: ClientFactory) -> SiteClient:
    return connect()
