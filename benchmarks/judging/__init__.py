"""Models beside their peers: data sets, candidates, and what is written about them."""
