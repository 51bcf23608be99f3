"""The subscriber's side: follow a source or a signed list, and bring what it says into a bank.

A subscribed bank is a bank folder with ``subscription.json`` (what is followed) and ``subscription/`` (how far it is
followed). Every step is durable before the next one begins, so that a process may be killed anywhere: the next update
goes on where this one stopped, nothing is lost and nothing stands twice.

Nothing is imported here, because a worker of the service needs only ``standing``, and should start fast.
"""
