"""The zygotes of one worker, and what this platform can confine."""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

from plse.errors import SandboxError

from .process import Kind, LayerMissing, Zygote, ZygoteDied
from .settings import SandboxSettings

__all__ = ["Footing", "Pool"]

# A proof of hermeticity goes to and fro between lean and full zygotes under
# three conditions.
_MOST = 6
_NOBODY = 65534


@dataclass(frozen=True)
class Footing:
    """What was found to work on this platform.

    :param missing: layers that do not, with the platform's reason.
    :param user: whom children are outside the jail, when the worker is root.
    """

    layers: frozenset[str]
    missing: Mapping[str, str]
    user: int


# Probed once a process: what a platform allows does not change under it.
_footings: dict[frozenset[str], Footing] = {}


class Pool:
    """Starts zygotes when they are first needed, and replaces dead ones."""

    def __init__(self, settings: SandboxSettings) -> None:
        self._wanted = settings.layers()
        self._simulated = {
            layer: "treated as missing" for layer in sorted(settings.without)
        }
        self._zygotes: OrderedDict[Kind, Zygote] = OrderedDict()
        self._owner = os.getpid()

    @property
    def footing(self) -> Footing:
        """What works here; finds out by starting a zygote."""
        known = _footings.get(self._wanted)
        if known is None:
            known = self._probe()
            _footings[self._wanted] = known
        return Footing(
            known.layers, {**self._simulated, **known.missing}, known.user
        )

    def _probe(self) -> Footing:
        """Start the strongest zygote that does start."""
        layers, missing, user = self._wanted, {}, _NOBODY
        while True:
            try:
                zygote = Zygote(Kind(), layers, user)
            except LayerMissing as error:
                if error.layer == "user" and user != os.geteuid():
                    # Nobody may not read this interpreter; its owner may.
                    user = os.geteuid()
                elif error.layer in layers:
                    layers = layers - {error.layer}
                    missing[error.layer] = error.cause
                else:
                    raise SandboxError(
                        f"the sandbox cannot start: {error.cause}"
                    ) from error
            else:
                self._keep(Kind(), zygote)
                return Footing(layers, missing, user)

    def ask(
        self, kind: Kind, request: Mapping[str, object], seconds: float
    ) -> dict[str, object]:
        """Have a request answered by a zygote of this kind.

        :raises ZygoteDied: when it died over it; the next request will be
            answered by a new one.
        """
        zygote = self._get(kind)
        try:
            return zygote.ask(request, seconds)
        except BaseException:
            self._zygotes.pop(kind, None)
            raise

    def _get(self, kind: Kind) -> Zygote:
        if self._owner != os.getpid():
            # This is a fork of the worker: the zygotes are not its own.
            self._zygotes = OrderedDict()
            self._owner = os.getpid()
        footing = self.footing
        zygote = self._zygotes.get(kind)
        if zygote is None:
            try:
                zygote = Zygote(kind, footing.layers, footing.user)
            except LayerMissing as error:
                raise SandboxError(
                    f"the sandbox worked before and does not now: "
                    f"{error.layer}: {error.cause}"
                ) from error
            self._keep(kind, zygote)
        self._zygotes.move_to_end(kind)
        return zygote

    def _keep(self, kind: Kind, zygote: Zygote) -> None:
        old = self._zygotes.pop(kind, None)
        if old is not None:
            old.close()
        self._zygotes[kind] = zygote
        while len(self._zygotes) > _MOST:
            self._zygotes.popitem(last=False)[1].close()

    def pids(self) -> tuple[int, ...]:
        """The process numbers of what is running now."""
        return tuple(zygote.pid for zygote in self._zygotes.values())

    def close(self) -> None:
        """End every zygote; the pool can still be used afterwards."""
        zygotes, self._zygotes = self._zygotes, OrderedDict()
        if self._owner == os.getpid():
            for zygote in zygotes.values():
                zygote.close()


__all__ += ["ZygoteDied"]
