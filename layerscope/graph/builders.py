"""The builders that are modelled, by name: a third one is one more module and one more line here."""

from __future__ import annotations

from layerscope.graph.steps import Builder


def new_builder(name: str) -> Builder:
    """The builder of that name with an empty cache: `buildkit` or `classic`."""
    if name == "classic":
        from layerscope.graph.classic_steps import ClassicBuilder

        return ClassicBuilder()
    from layerscope.graph.buildkit_steps import BuildKitBuilder

    return BuildKitBuilder()
