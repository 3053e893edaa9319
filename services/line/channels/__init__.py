"""How the line meets systems outside: telephone systems."""
