"""Who is behind events: users, their memberships, and the accounts that they roll up to."""
