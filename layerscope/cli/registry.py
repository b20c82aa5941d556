"""`layerscope registry`."""

from __future__ import annotations

from typing import Annotated

import typer

from layerscope import api
from layerscope.cli.options import with_flags
from layerscope.cli.output import FormatFlags, hint, show
from layerscope.cli.registry_access import INSECURE, registry_access

app = typer.Typer(rich_markup_mode=None)


@app.command()
@with_flags(FormatFlags)
def registry(
    output: FormatFlags,
    place: Annotated[str, typer.Argument(metavar="DIR|URL", help="A registry's folder, or its address.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these repositories; all if none.")
    ] = None,
    insecure_registry: Annotated[list[str] | None, INSECURE] = None,
) -> None:
    """Say what a registry's bytes are for: shared, unique per image, needed by nobody.

    \b
    Examples:
      layerscope registry /srv/registry              its own files: also what nobody needs
      layerscope registry https://registry.corp      over its API, what has a tag
      layerscope registry localhost:5000 app lib/db  only these, where the catalog is closed
    """
    show(api.registry(place, names or (), access=registry_access(insecure_registry), say=hint), output)
