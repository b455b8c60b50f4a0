"""The demo workspace: an invented organization with some quarters of history, marked as such and removable.

`stories.py` reads what its teams are like from the files beside it, `history.py` turns a story into the answers of one
quarter, `generated.py` varies the stories when more teams are wanted, `loading.py` writes rounds, `work.py` what a team
makes of a result, and `removal.py` removes.
"""

OWNER_EMAIL = "olivia@demo.example"
