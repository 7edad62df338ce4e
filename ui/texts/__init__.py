"""Everything the web app says, a module a page, each sentence beside its translation."""
