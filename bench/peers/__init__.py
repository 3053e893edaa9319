"""The peers: the same work by other libraries, run in an environment of their own (deploy/locks/peers.txt)."""
