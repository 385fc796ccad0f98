"""Every form in docs/import.md is read as the table there says."""

import re
from pathlib import Path

import pytest

from favsync.errors import FileUnreadable
from tests.app.imports.given import found_at, given

DOC = (Path(__file__).parents[3] / "docs" / "import.md").read_text()
ROW = re.compile(r"^\| (?P<form>.*?) \| (?P<kind>[^|]*?) \| `(?P<example>.*?)` \| (?P<result>[^|]*?) \|$", re.M)
ROWS = list(ROW.finditer(DOC))


def test_every_row_of_the_table_is_tried() -> None:
    """A row that could not be read would be a promise without a test."""
    table = DOC.partition("|---|---|---|---|\n")[2].partition("\n\n")[0]
    assert len(ROWS) == len(table.splitlines()) > 60


@pytest.mark.parametrize("row", ROWS, ids=[row["form"] for row in ROWS])
def test_a_form_is_read_as_the_documentation_says(row: re.Match[str], tmp_path: Path) -> None:
    """The posts in their order, and what is skipped, by reason; or it is refused, with what was looked for."""
    path = given(row["kind"], row["example"], tmp_path)
    prefix = "e621" if row["kind"].endswith("prefix") else None
    if row["result"] == "refused":
        with pytest.raises(FileUnreadable) as refused:
            found_at(path, prefix=prefix)
        assert re.search(r"Looked for: |it looks like ", refused.value.message)
        return
    found = found_at(path, prefix=prefix)
    ids = ", ".join(map(str, found.post_ids))
    skipped = ", ".join(f"{number} {reason}" for reason, number in found.skipped.items())
    assert "; ".join(filter(None, (ids, skipped))) == row["result"].replace("nothing", "")
