"""How signals are told to sales, unless the definition says otherwise."""

from __future__ import annotations

from pqlml.definition.model import Definition
from pqlml.definition.parts import Phrases

_USUAL = {
    "any": Phrases(did="used the product", noun="actions"),
    "active": Phrases(did="signed in", noun="sign-ins and page views"),
    "features": Phrases(did="used core features", noun="uses of core features"),
    "advanced": Phrases(did="used advanced features", noun="uses of advanced features"),
    "invited": Phrases(did="sent an invitation", noun="invitations sent"),
    "joined": Phrases(did="gained a team member", noun="team members joined"),
    "workspace": Phrases(did="set up a team workspace", noun="team workspaces set up"),
    "admins": Phrases(did="assigned an admin", noun="admins assigned"),
    "milestones": Phrases(did="reached an activation milestone", noun="activation milestones"),
    "workflows": Phrases(did="completed a workflow", noun="workflows completed"),
    "records": Phrases(did="created a record", noun="records created"),
    "goals": Phrases(did="reached a stated goal", noun="stated goals reached"),
    "limit_hit": Phrases(did="hit a plan limit", noun="plan limits hit"),
    "paid_feature": Phrases(did="tried a paid feature", noun="paid features tried"),
    "pricing": Phrases(did="viewed the pricing page", noun="pricing page views"),
    "upgrade_clicked": Phrases(did="clicked an upgrade prompt", noun="upgrade prompts clicked"),
    "hand_raised": Phrases(did="asked to talk to sales", noun="requests to talk to sales"),
}


def phrases_for(definition: Definition, signal: str) -> Phrases:
    """Return the phrases of a signal: the definition's own, the usual ones, or ones made of its name."""
    if signal in definition.phrases:
        return definition.phrases[signal]
    if signal in _USUAL:
        return _USUAL[signal]
    plain = signal.removeprefix("event.").replace("_", " ").replace("-", " ")
    return Phrases(did=plain if signal.startswith("event.") else f"did “{plain}”", noun=f"“{plain}” actions")
