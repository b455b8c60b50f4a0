"""For whom a report is, and how many pages each of them bears."""

from __future__ import annotations

LEAD, EXECUTIVE, CONSULTANT = "lead", "executive", "consultant"
AUDIENCES = (LEAD, EXECUTIVE, CONSULTANT)
ORGANIZATION = "organization"
"""The executives of a whole organization: a report of all its teams."""
TIGHTEST = 2
"""How little a report may say at least, to stay within them."""
MOST_PAGES = {LEAD: 8, EXECUTIVE: 1}
"""A consultant's annex is as long as it is."""
