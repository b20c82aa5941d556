"""`python -m layerscope`."""

from layerscope.cli.entry import main

main()
