"""Hand-written cases: steps of one build that have one key."""

from __future__ import annotations

from tests.differential.same_keys import CHANGING, OF_A_RUN
from tests.differential.traps import BUILDKIT, Trap, trap

_A = "FROM busybox AS a / COPY once /once / "
_EMPTY = "FROM scratch AS a / COPY once /once / "


def same_keys() -> list[Trap]:
    """All of them: in each a file of the one directory changes that is copied twice."""
    return [
        _case("found-same-key-one-after-the-other", f"{_A}FROM busybox / COPY --from=a /once /once / RUN ls /once"),
        _case("found-same-key-with-a-run-between",
              f"{_A}RUN echo x > /y / FROM busybox / COPY --from=a /once /once / RUN ls /once",
              ("COPY once /once", "COPY --from=a /once /once", "RUN ls /once")),
        _case("found-same-key-on-scratch", f"{_EMPTY}FROM scratch / COPY --from=a /once /once / WORKDIR /w"),
        _case("found-same-key-and-what-follows-it",
              f"{_EMPTY}COPY other /o / FROM scratch / COPY --from=a /once /once / COPY other /o"),
        _case("found-same-key-of-twins",
              "FROM busybox AS a / COPY once /once / FROM a AS m / RUN ls /once && sleep 1 / "
              "FROM busybox / COPY --from=a /once /once / RUN ls /once && sleep 1 / COPY --from=m /once/f /g"),
        _case("found-same-key-of-a-mount",
              "FROM busybox AS r / RUN --mount=type=bind,source=once,target=/m cp -r /m /o / "
              "FROM busybox / RUN --mount=type=bind,from=r,source=/o,target=/m cp -r /m /o",
              ("target=/m cp -r /m /o",)),
    ]  # fmt: skip


def _case(name: str, dockerfile: str, open_steps: tuple[str, ...] = ()) -> Trap:
    files = {CHANGING: "1", OF_A_RUN: "1", "other": "1"}
    return trap(name, dockerfile, files, change={CHANGING: "2"}, builders=BUILDKIT, open_steps=open_steps)
