"""The page of all events: what each means, who tells and hears it, what is protected, an example, and since when."""
