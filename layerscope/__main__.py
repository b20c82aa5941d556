"""`python -m layerscope`."""

from layerscope.cli.app import main

main()
