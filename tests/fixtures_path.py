"""Where the recorded fixtures lie."""

from pathlib import Path

FIXTURES = Path(__file__).parent.parent / "fixtures"
SINATRA = FIXTURES / "sinatra"
RECORDED = SINATRA / "recorded"
GUIDE = FIXTURES / "guide"
SMALL = FIXTURES / "small"
