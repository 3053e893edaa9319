"""Carebus on Kubernetes: its image, its charts, and the lanes that prove both on what a single machine can be."""
