"""The codes of `favsync check` are an interface: each is documented, in the order in which findings are shown."""

import re
from pathlib import Path

from favsync.store.check.findings import KINDS


def test_every_code_is_in_the_documentation() -> None:
    """With its severity, its meaning, and what --fix does about it, word for word."""
    text = (Path(__file__).parents[2] / "docs" / "checks.md").read_text()
    rows = re.findall(r"^\| `([a-z-]+)` \| (\w+) \| (.*?) \| (.*?) ?\|$", text, re.M)
    assert rows == [(code, kind.severity, kind.meaning, kind.repair or "") for code, kind in KINDS.items()]
