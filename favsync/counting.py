"""Numbers of things, as people read them."""


def count(number: int) -> str:
    """A number as people read it: `12,345`."""
    return f"{number:,}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """A number of things: `1 post`, `12,345 posts`. `several` is None where an s makes it."""
    return f"{count(number)} {one if number == 1 else several or f'{one}s'}"
