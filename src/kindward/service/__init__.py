"""The HTTP service: content or fingerprints in, verdicts out.

From the outside in: ``protocol`` and ``front`` meet the network, ``access`` asks who is there, ``bodies`` and
``questions`` take what was sent, ``checks`` and ``matches`` do the job, ``answers`` and ``problems`` give the reply.
The checker is handed in by the composition root; nothing here opens a bank, and nothing anywhere fetches a URL.
"""

from kindward.service.application import create
from kindward.service.serving import Started, decoder_count, run_folder, serve, worker_settings

__all__ = ["Started", "create", "decoder_count", "run_folder", "serve", "worker_settings"]
