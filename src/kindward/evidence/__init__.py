"""What a case rests on, sealed: nobody reads it but through here, and destroying one key erases all of a case.

Each item is encrypted under a key of its own, that under the key of its case, and that under the master key. Reading
happens in this process only: no function gives an address, a path or a link.
"""

from kindward.evidence.keys import FileKey, MasterKey
from kindward.evidence.vault import Evidence, Kind, Vault

__all__ = ["Evidence", "FileKey", "Kind", "MasterKey", "Vault"]
