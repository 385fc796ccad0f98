"""What an answer that is no success means, in words and as an error (docs/site-api.md, "Error bodies" and "Faults")."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import partial
from http import HTTPStatus

import msgspec

from favsync.errors import LoginProblem, LoginRefused, SiteNonsense, SiteOverloaded, SiteTrouble
from favsync.site.http.redirects import redirect_words
from favsync.site.http.retries import Transient
from favsync.site_text import clean

_LONGEST_ERROR = 2**20
"""Most bytes of an answer that is no success in which words are looked for; the site's own are a line or two."""

_SEARCH_TIMED_OUT = re.compile(r"The search timed out\b")


@dataclass(frozen=True, slots=True)
class Answer:
    """One whole HTTP answer. Header names are lower-case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def site_words(answer: Answer) -> str | None:
    """Return the site's own message, or None when the answer is not an error of the site's own making.

    Four shapes are the site's (docs/site-api.md, "Error bodies"). JSON of any other shape, like HTML, comes from
    something else on the way: a proxy, or the framework for a route that is not there.
    """
    try:
        body = msgspec.json.decode(answer.body) if len(answer.body) <= _LONGEST_ERROR else None
    except (ValueError, RecursionError):
        body = None
    match body:
        case {"success": False, "reason": str(words)} | {"success": False, "message": str(words)}:
            return clean(words)
        case {"success": False}:
            return ""
        case {"errors": dict(errors)}:
            listed = {field: said if isinstance(said, list) else [said] for field, said in errors.items()}
            return clean("; ".join(f"{field} {', '.join(map(str, said))}" for field, said in listed.items()))
        case {"status": int(), "error": str(words)} if answer.status >= 500:
            # Below 500 the framework says it of a route that is not there: no word about a post.
            return clean(words)
        case _:
            return None


def raise_for_fault(answer: Answer, *, site_url: str, now: float, username: str | None) -> None:
    """Raise for every answer that means the same whatever was asked; return for a success and for the site's own no.

    `site_url` is whom it was asked of, `now` the time of day in seconds since 1970, `username` whose key was sent, None
    for none.
    Raises Transient for what may pass, LoginRefused for 401, SiteNonsense for redirects and pages of other sites.
    """
    status = answer.status
    # 422: the search engine was too slow; nothing is said about the question or the list (docs/site-api.md, "Faults").
    if status == 429 or status >= 500 or (status == 422 and _SEARCH_TIMED_OUT.match(site_words(answer) or "")):
        raise _transient(answer, _said_status(answer), partial(SiteOverloaded, status=status), now)
    if status == 401:
        said = site_words(answer) or ""
        reported = f" It says: “{said}”." if said and "AuthenticationFailure" not in said else ""
        if username is None:
            raise LoginRefused(f"The site wants a login for this.{reported}", said, LoginProblem.MISSING)
        refused = f"The site refused the login of '{username}'.{reported}"
        for word, problem in (("suspended", LoginProblem.SUSPENDED), ("banned", LoginProblem.BANNED)):
            if word in said.lower():
                raise LoginRefused(refused, said, problem)
        advice = "Check the API key. After a rename, the site refuses the old name: check the name, too."
        raise LoginRefused(f"{refused} {advice}", said, LoginProblem.KEY)
    if status == 304:
        raise unexpected(answer)
    if 300 <= status < 400:
        raise SiteNonsense(redirect_words(status, answer.headers.get("location", ""), site_url))
    if 400 <= status < 500 and site_words(answer) is None:
        if status == 404:
            raise SiteNonsense("The site answered 404 without a word of its own: is it a site that runs e621ng?")
        raise _transient(answer, f"{_said_status(answer)} with a page that is not the site's own", SiteNonsense, now)
    if not 200 <= status < 500:
        raise SiteNonsense(f"{_said_status(answer)}, which no site does.")


def not_json(answer: Answer, *, now: float) -> Transient:
    """Return the failure of a success whose body is not JSON: a challenge page, or a body cut off."""
    what = "a web page" if answer.body.lstrip()[:1] == b"<" else "something that is not JSON, or was cut off"
    return _transient(answer, f"The site answered {answer.status} with {what}", SiteNonsense, now)


def still_transferring(answer: Answer, becomes: Callable[[str], SiteTrouble], *, now: float) -> Transient:
    """Return the failure of a write that waits for a transfer of the post's favorites (423).

    docs/site-api.md, "Adding a favorite".
    """
    asked = retry_after(answer.headers, now=now)
    return Transient("The post's favorites are being transferred", becomes, retry_after=asked)


def unexpected(answer: Answer) -> SiteNonsense:
    """Return the error for a no of the site's own that nothing we ask should get."""
    return SiteNonsense(f"{_said_status(answer)}, which favsync did not expect.")


def retry_after(headers: Mapping[str, str], *, now: float) -> float | None:
    """Return the seconds that `Retry-After` asks for, or None when it is absent or unreadable.

    It comes in seconds or as a date (docs/site-api.md, "User-Agent and rate"). A date is measured against the answer's
    own `Date` where there is one, so that a wrong clock here does not matter; else against `now`, in seconds since
    1970.
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]+", text):
        return float(text[:300])
    until = _http_date(text)
    if until is None:
        return None
    answered = _http_date(headers.get("date", ""))
    return max(0.0, until - (now if answered is None else answered))


def _http_date(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _transient(answer: Answer, what: str, becomes: Callable[[str], SiteTrouble], now: float) -> Transient:
    return Transient(what, becomes, retry_after=retry_after(answer.headers, now=now), status=answer.status)


def _said_status(answer: Answer) -> str:
    try:
        status = f"{answer.status} {HTTPStatus(answer.status).phrase}"
    except ValueError:
        status = str(answer.status)
    words = site_words(answer)
    return f"The site answered {status}: “{words}”" if words else f"The site answered {status}"
