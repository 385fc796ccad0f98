"""Lists that users bring, for `import`, `add -` and `remove -`: where they come from, and what of them was skipped."""

import sys
from io import BufferedReader
from typing import Any, Final

from favsync.app.imports.found import FoundPosts, Reason
from favsync.cli.terminal.console import Console, count
from favsync.errors import FileUnreadable

_WORDS: Final = {
    Reason.OTHER_SITE: "of another site",
    Reason.NO_PREFIX: "without a prefix",
    Reason.POOL_OR_SET: "that are pools or sets",
    Reason.NO_POST: "that name no post",
    Reason.NO_ID: "whose number is no id",
    Reason.DAMAGED: "that are damaged",
}


def stdin_bytes() -> BufferedReader:
    """What is piped in. Raises FileUnreadable when it is closed."""
    if sys.stdin is None:
        raise FileUnreadable("stdin", "it is closed.")
    stream: Any = sys.stdin.buffer
    return stream if isinstance(stream, BufferedReader) else BufferedReader(stream)


def skipped_words(found: FoundPosts) -> list[str]:
    """What was skipped, by reason."""
    return [f"{count(found.skipped[reason])} {words}" for reason, words in _WORDS.items() if found.skipped[reason]]


def say_skipped(console: Console, found: FoundPosts) -> None:
    """Name the first entries that were skipped, and what can be done about them."""
    for example in found.examples:
        where = example.file if example.line is None else f"{example.file}, line {count(example.line)}"
        console.say(f"{where}: skipped ({example.reason}): {example.text}")
    more = found.skipped.total() - len(found.examples)
    if found.examples and more:
        console.say(f"... and {count(more)} more.")
    if found.skipped[Reason.NO_PREFIX]:
        console.say(
            f"{count(found.skipped[Reason.NO_PREFIX])} entries of gallery-dl do not say of which site they are. If they"
            " are of this one, import them with --gallery-dl-prefix e621, or with the prefix that you gave gallery-dl."
        )
