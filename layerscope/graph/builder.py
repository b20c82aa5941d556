"""The builders that are modelled, by name: a third one is one more module and one more line here."""

from __future__ import annotations

from layerscope.graph.steps import Builder


def new_builder(name: str, *, named: bool = False) -> Builder:
    """The builder of that name with an empty cache: `buildkit` or `classic`.

    named: whether the files of all contexts have digests at no cost, as those of git have.
    """
    if name == "classic":
        from layerscope.graph.classic.builder import ClassicBuilder

        return ClassicBuilder(named=named)
    from layerscope.graph.buildkit.builder import BuildKitBuilder

    return BuildKitBuilder(named=named)
