"""The ledger: an append-only Merkle log under the history of signed lists; proofs that anybody can check.

Nothing here opens a connection, reads a clock or writes a file: what is fetched is handed in, what is to be written is
handed out.
"""
