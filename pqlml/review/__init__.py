"""The loop that improves a definition: moments that matter, its errors, proposals, and their replay on history."""
