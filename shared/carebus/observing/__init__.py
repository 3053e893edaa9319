"""What a running service shows of itself: metrics, traces, logs, loops; and the published schemas."""
