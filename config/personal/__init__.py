"""What the product knows about one person: exported on demand, and erased without taking the team's results along.

`traces` finds the rows in every model, without naming them one by one; `export` hands them out, `erasure` takes the
person out of them.
"""
