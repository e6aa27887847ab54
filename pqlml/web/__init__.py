"""Web: the sales page and its JSON twin. They read published runs alone and change nothing."""
