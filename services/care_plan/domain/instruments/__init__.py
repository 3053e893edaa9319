"""What the answers to instruments mean: bands, sums and smallest differences that matter, each by its source."""
