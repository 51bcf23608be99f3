"""The ledger: an append-only Merkle log under the history of signed lists; proofs that anybody can check."""
