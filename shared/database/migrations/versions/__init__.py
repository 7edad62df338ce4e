"""One module a revision, named `<number>_<what it does>`; a revision is never edited once released."""
