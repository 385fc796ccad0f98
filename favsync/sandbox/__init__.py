"""A small site of our own, over real HTTP on loopback, that behaves as an e621ng site does, with faults to order.

    world = make_world(favorites=1000)
    with Site(world) as site:
        site.fault(Fault("cut_body", path="/favorites.json", skip=2))
        site.files.fault(FileFault("cut", path="/data/*.png"))
        ...                                 # talk to site.url, and to what its posts name as their files
        assert len(site.log) == 7
        assert len(site.files.log) == 3

It shares no code with the rest of favsync, so that one mistake cannot hide in both.
"""

from favsync.sandbox.faults import Fault
from favsync.sandbox.files.faults import FileFault
from favsync.sandbox.files.host import FileExchange
from favsync.sandbox.posts import Generation, SandboxPost
from favsync.sandbox.site import Exchange, Site
from favsync.sandbox.users import User
from favsync.sandbox.world import World, make_world

__all__ = [
    "Exchange",
    "Fault",
    "FileExchange",
    "FileFault",
    "Generation",
    "SandboxPost",
    "Site",
    "User",
    "World",
    "make_world",
]
