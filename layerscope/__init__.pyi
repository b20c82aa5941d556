from layerscope.api import *
from layerscope.version import __version__ as __version__
