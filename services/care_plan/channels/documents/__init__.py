"""Documents that leave the service as PDF: typed data, set by typst from a template, and never markup."""
