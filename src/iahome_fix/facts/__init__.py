"""What a run knows: its systems, each opened once, and what several parts ask of them, found once."""
