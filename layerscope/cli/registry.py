"""`layerscope registry`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from layerscope.cli.output import hint, print_answer
from layerscope.cli.registry_input import registry_access
from layerscope.report.formats import Format

app = typer.Typer(rich_markup_mode=None)


@app.command()
def registry(
    place: Annotated[str, typer.Argument(metavar="DIR|URL", help="A registry's folder, or its address.")],
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these repositories; all if none.")
    ] = None,
    output: Annotated[Format, typer.Option("--format", help="How to print the answer.")] = Format.table,
    insecure_registry: Annotated[
        list[str] | None,
        typer.Option(
            "--insecure-registry", help="A registry that may be without TLS or a trusted certificate.", metavar="HOST"
        ),
    ] = None,
) -> int:
    """Say what a registry's bytes are for: shared, unique per image, needed by nobody.

    \b
    Examples:
      layerscope registry /srv/registry              its own files: also what nobody needs
      layerscope registry https://registry.corp      over its API, what has a tag
      layerscope registry localhost:5000 app lib/db  only these, where the catalog is closed
    """
    from layerscope.analysis.registry_use import registry_use
    from layerscope.image.registry.content import read_content

    if Path(place).is_dir():
        from layerscope.image.registry.storage import RegistryStorage

        content = read_content(RegistryStorage(place))
    else:
        from layerscope.image.registry.api import open_registry

        api = open_registry(place, registry_access(insecure_registry))
        content = read_content(api, names or (), lambda text: hint(f"layerscope: {text}"))
    use = registry_use(content, names or ())
    print_answer(output, use)
    return 0
