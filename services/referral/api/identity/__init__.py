"""Who is who: the reviews as JSON and as pages."""
