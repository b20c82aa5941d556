"""The options of the after side, declared once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from layerscope import api
from layerscope.cli.options import bases_of, build_args_of, contexts_of, given_options
from layerscope.values import Entity

if TYPE_CHECKING:
    from layerscope.api import AfterOptions


class AfterFlags(Entity):
    """What the after side has of its own."""

    after_file: Annotated[
        str | None, typer.Option("--after-file", help="The Dockerfile of the after side.", metavar="FILE")
    ] = None
    after_build_arg: Annotated[
        list[str] | None,
        typer.Option("--after-build-arg", help="A build argument of the after side.", metavar="K=V"),
    ] = None
    after_base: Annotated[
        list[str] | None,
        typer.Option("--after-base", help="What a base image is on the after side.", metavar="NAME=REF"),
    ] = None
    after_build_context: Annotated[
        list[str] | None,
        typer.Option("--after-build-context", help="A named context of the after side.", metavar="NAME=PATH"),
    ] = None
    after_platform: Annotated[
        str | None, typer.Option("--after-platform", help="The platform of the after side.", metavar="OS/ARCH")
    ] = None
    after_network: Annotated[
        str | None, typer.Option("--after-network", help="The network of RUN on the after side.", metavar="MODE")
    ] = None
    after_add_host: Annotated[
        list[str] | None,
        typer.Option("--after-add-host", help="The hosts of the after side; '' for none.", metavar="NAME=ADDRESS"),
    ] = None
    after_shm_size: Annotated[
        str | None, typer.Option("--after-shm-size", help="/dev/shm of the after side; 0: the default.", metavar="SIZE")
    ] = None
    after_ulimit: Annotated[
        list[str] | None,
        typer.Option("--after-ulimit", help="The limits of the after side; '' for none.", metavar="NAME=SOFT[:HARD]"),
    ] = None
    after_cgroup_parent: Annotated[
        str | None,
        typer.Option("--after-cgroup-parent", help="The cgroup of the after side; '' for none.", metavar="CGROUP"),
    ] = None

    def options(self) -> AfterOptions | None:
        """What the after side has of its own, be it the very value that the before side has: that states a change."""
        if not given_options(self):
            return None
        return api.after_options(
            file=self.after_file,
            build_args=build_args_of(self.after_build_arg),
            bases=bases_of(self.after_base),
            build_contexts=contexts_of(self.after_build_context),
            platform=self.after_platform,
            network=self.after_network,
            add_hosts=self.after_add_host,
            shm_size=self.after_shm_size,
            ulimits=self.after_ulimit,
            cgroup_parent=self.after_cgroup_parent,
        )
