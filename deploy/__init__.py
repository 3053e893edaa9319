"""What it takes to run Carebus somewhere: on this machine, in containers, on a cluster."""
