"""The differential test: generated and hand-written builds, on a real engine and in layerscope's prediction."""
