"""Numbers of things, as people read them."""


def count(number: int) -> str:
    """A number as people read it: `12,345`."""
    return f"{number:,}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """A number of things: `1 post`, `12,345 posts`. `several` is None where an s makes it."""
    return f"{count(number)} {one if number == 1 else several or f'{one}s'}"


def size(number: int) -> str:
    """A number of bytes as people read it: `177 MB`, and with a digit after the point below ten: `2.8 MB`."""
    amount, unit = float(number), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "bytes" else f"{amount:,.0f} {unit}"
