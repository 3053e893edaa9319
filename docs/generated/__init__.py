"""The generated reference: one module per page."""
