"""Where the Pokédex comes from: one port, three sources."""
