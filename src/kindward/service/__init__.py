"""The HTTP service: content or fingerprints in, verdicts out.

From the outside in: ``protocol`` and ``front`` meet the network, ``access`` asks who is there, ``bodies`` and
``questions`` take what was sent, ``checks`` and ``matches`` do the job, ``answers`` and ``problems`` give the reply.
The checker is handed in by the composition root; nothing here opens a bank, and nothing anywhere fetches a URL.

Nothing is imported here, because the process that starts the workers needs half of it and should start in half the
time.
"""
