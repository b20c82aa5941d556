"""Opens build contexts: directory, archive or git revision, with Dockerfile and ignore rules, into a `Side`."""

from layerscope.inputs.changed import with_diff, with_revision
from layerscope.inputs.contexts import after_file, open_context, open_dockerfile

__all__ = ["after_file", "open_context", "open_dockerfile", "with_diff", "with_revision"]
