"""How much a site of this kind answers at once (docs/site-api.md, "Limits")."""

from typing import Final

from favsync.model import SiteLimits

LIMITS: Final = SiteLimits(
    page_size=320,
    usual_page=75,
    last_page=750,  # past it comes a 410
    ids_per_query=100,  # what every generation of the site answers in full
)
